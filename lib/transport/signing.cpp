#include "transport/signing.hpp"

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

    void run() noexcept override {
        signer_->sign(data_, algorithm_, Reply<Signature>::from([this](Result<Signature>&& made) {
                          made_ = std::move(made);
                      }));
    }
    void finish() noexcept override { reply_(std::move(made_)); }

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
