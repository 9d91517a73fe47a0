#include "transport/signing.hpp"

#include <new>
#include <string>

namespace nacre::detail {

namespace {

/// Owns what it touches.
class SignJob final : public Job {
  public:
    SignJob(std::shared_ptr<Signer> signer, ByteView data, std::string_view algorithm,
            Reply<Signature> reply)
        : signer_(std::move(signer)),
          data_(to_bytes(data)),
          algorithm_(algorithm),
          reply_(std::move(reply)) {}

    void run() override {
        // Keys in memory take some for each signature, those in agents and tokens for what they
        // send as well.
        try {
            signer_->sign(data_, algorithm_,
                          Reply<Signature>::from(
                              [this](Result<Signature>&& made) { made_ = std::move(made); }));
        } catch (const std::bad_alloc&) {
            made_ = Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a signature"};
        }
    }
    void finish() override { reply_(std::move(made_)); }

  private:
    std::shared_ptr<Signer> signer_;
    Bytes data_;
    std::string algorithm_;
    Reply<Signature> reply_;
    Result<Signature> made_ = Error{Errc::internal, Disconnect::none, 0, "job did not run"};
};

}  // namespace

void sign_in(Executor& executor, std::shared_ptr<Signer> signer, ByteView data,
             std::string_view algorithm, Reply<Signature> reply) {
    if (!signer->immediate() || !signer->costly())
        return signer->sign(data, algorithm, std::move(reply));
    executor.submit(
        std::make_unique<SignJob>(std::move(signer), data, algorithm, std::move(reply)));
}

}  // namespace nacre::detail
