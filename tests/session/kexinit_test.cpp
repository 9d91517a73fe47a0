// What decides at the first KEXINIT, and at the host key behind it.
#include "support/duel.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kProtocolError = 2;
constexpr std::uint32_t kKeyExchangeFailed = 3;

/// Puts an IGNORE between the peer's identification and its KEXINIT.
void put_noise_first(Duel& duel) {
    const Bytes all = std::exchange(duel.peer.out, {});
    const auto kexinit = std::find(all.begin(), all.end(), '\n') + 1;
    duel.peer.out.assign(all.begin(), kexinit);
    duel.peer.send(msg::Ignore{});
    duel.peer.out.insert(duel.peer.out.end(), kexinit, all.end());
}

/// Signs as one key and shows another.
class Masked final : public Signer {
  public:
    Masked(std::shared_ptr<Signer> own, std::shared_ptr<Signer> shown)
        : own_(std::move(own)), shown_(std::move(shown)) {}
    ByteView public_blob() const noexcept override { return shown_->public_blob(); }
    std::string_view type() const noexcept override { return own_->type(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return own_->algorithms();
    }
    bool immediate() const noexcept override { return true; }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        own_->sign(data, algorithm, std::move(reply));
    }

  private:
    const std::shared_ptr<Signer> own_, shown_;
};

}  // namespace

TEST_CASE("CVE-2023-48795: nothing comes in front of a strict peer's KEXINIT",
          "[session][catalogue]") {
    Duel duel(GENERATE(Role::server, Role::client));
    const bool strict = GENERATE(true, false);
    duel.peer.config.strict_kex = strict ? StrictKex::on : StrictKex::off;
    duel.start();
    put_noise_first(duel);
    if (strict) {
        CHECK(duel.reason() == kProtocolError);
    } else {
        duel.run();
        CHECK_FALSE(duel.end.session->finished());
        CHECK(duel.peer.info().key_exchanges == 1);
    }
}

TEST_CASE("a host key of another type than was agreed on ends the session", "[session]") {
    Duel duel(Role::client);
    duel.peer.config.host_keys = {
        std::make_shared<Masked>(host_key("ssh-ed25519"), host_key("ecdsa-sha2-nistp256"))};
    duel.start();
    CHECK(duel.reason() == kKeyExchangeFailed);
}

TEST_CASE("a client without a verifier trusts nobody", "[session]") {
    FullStack stack;
    stack.client_config->host_key_verifier = nullptr;
    const auto started = stack.start();
    if (started) {
        stack.pair.run();
        CHECK(stack.pair.client.session->finished());
        CHECK_FALSE(stack.pair.client.session->info().authenticated);
        const auto why = stack.pair.client.session->rx_commit(0, stack.pair.now);
        REQUIRE_FALSE(why);
        CHECK(why.error().code == Errc::local_misuse);
    } else {
        CHECK(started.error().code == Errc::local_misuse);
    }
}

TEST_CASE("compression that is not known makes no session", "[session]") {
    FullStack stack;
    stack.client_config->algorithms.compression = {"none", "zlib@example.com"};
    const auto started = stack.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Errc::local_misuse);
}
