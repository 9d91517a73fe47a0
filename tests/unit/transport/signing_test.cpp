#include "transport/signing.hpp"

#include "support/fake_keys.hpp"

#include <catch2/catch_all.hpp>

#include <new>

namespace nacre::detail {
namespace {

/// Finds no memory for its signatures.
class PoorSigner final : public Signer {
  public:
    ByteView public_blob() const noexcept override { return {}; }
    std::string_view type() const noexcept override { return "ssh-ed25519"; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return test::kFakeEd25519;
    }
    bool immediate() const noexcept override { return true; }
    bool costly() const noexcept override { return true; }
    void sign(ByteView, std::string_view, Reply<Signature>) override { throw std::bad_alloc(); }
};

TEST_CASE("a signer that finds no memory in an executor", "[transport]") {
    test::LateExecutor executor;
    int answers = 0;
    sign_in(executor, std::make_shared<PoorSigner>(), as_bytes("data"), "ssh-ed25519",
            Reply<Signature>::from([&](Result<Signature>&& made) {
                ++answers;
                REQUIRE_FALSE(made.has_value());
                CHECK(made.error().code == Errc::out_of_memory);
            }));
    CHECK(answers == 0);
    executor.run_all();
    CHECK(answers == 1);
}

}  // namespace
}  // namespace nacre::detail
