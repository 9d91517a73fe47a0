/// \file
/// Keys and signatures without cryptography: a "signature" is the key's blob and the signed bytes.
/// Layers that only pass keys around are tested with these.
#pragma once
#include "support/port_spy.hpp"

#include <array>

namespace nacre::test {

constexpr std::array<std::string_view, 1> kFakeEd25519{"ssh-ed25519"};
constexpr std::array<std::string_view, 3> kFakeRsa{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"};

inline std::span<const std::string_view> fake_algorithms(std::string_view type) {
    if (type == "ssh-ed25519") return kFakeEd25519;
    if (type == "ssh-rsa") return kFakeRsa;
    return {};
}

/// string type, string name
inline Bytes fake_blob(std::string_view type, std::string_view name) {
    Bytes blob;
    Writer(blob).string(type).string(name);
    return blob;
}

/// string algorithm, string (string key, string data)
inline Bytes fake_signature(std::string_view algorithm, ByteView key, ByteView data) {
    Bytes inner, signature;
    Writer(inner).string(key).string(data);
    Writer(signature).string(algorithm).string(inner);
    return signature;
}

class FakeKey final : public PublicKey {
  public:
    FakeKey(std::string_view type, Bytes blob) : type_(type), blob_(std::move(blob)) {}
    std::string_view type() const noexcept override { return type_; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return 256; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return fake_algorithms(type_);
    }
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        return same_bytes(signature, fake_signature(algorithm, blob_, data));
    }
    /// A key named "sk..." is a security key; its signature tells what the key's name does: 't' was
    /// touched, 'v' verified.
    std::optional<AuthenticatorData> authenticator(ByteView /*signature*/) const noexcept override {
        Reader r(blob_);
        r.text();
        const auto name = r.text();
        if (!name.starts_with("sk")) return {};
        return AuthenticatorData{name.find('t') != name.npos, name.find('v') != name.npos, 7};
    }
    /// As with real keys, a matter of the type.
    bool costly() const noexcept override { return type_ == "ssh-rsa"; }

  private:
    std::string type_;
    Bytes blob_;
};

class FakeSigner final : public Signer {
  public:
    FakeSigner(std::string type, std::string_view name)
        : type_(std::move(type)), blob_(fake_blob(type_, name)) {}

    // Tests set these.
    bool late = false;                      ///< whether the replies are kept
    bool slow = false;                      ///< what costly() is
    std::optional<Error> error;             ///< what sign() answers
    std::vector<Bytes> signed_data;         ///< what was given to sign()
    std::vector<Reply<Signature>> replies;  ///< kept when late

    ByteView public_blob() const noexcept override { return blob_; }
    std::string_view type() const noexcept override { return type_; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return fake_algorithms(type_);
    }
    bool immediate() const noexcept override { return !late; }
    bool costly() const noexcept override { return slow; }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        signed_data.push_back(to_bytes(data));
        if (late) {
            replies.push_back(std::move(reply));
        } else if (error) {
            reply(*error);
        } else {
            reply(Signature{fake_signature(algorithm, blob_, data)});
        }
    }

  private:
    std::string type_;
    Bytes blob_;
};

/// Knows fake keys of type ssh-ed25519 and ssh-rsa.
class FakeKeyProvider final : public EmptyProvider {
  public:
    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        static constexpr std::array<AlgorithmInfo, 4> kHostKey{{
            {"ssh-ed25519", true, false, false},
            {"rsa-sha2-512", true, false, false},
            {"rsa-sha2-256", true, false, false},
            {"ssh-rsa", false, true, false},
        }};
        if (kind != Algorithm::host_key) return {};
        return kHostKey;
    }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        Reader r(blob);
        const auto type = r.text();
        r.string();
        if (!r.done()) return malformed("fake key");
        if (fake_algorithms(type).empty())
            return Error{Errc::unsupported, Disconnect::none, 0, "unknown key type"};
        return std::shared_ptr<const PublicKey>(std::make_shared<FakeKey>(type, to_bytes(blob)));
    }
};

/// Keeps its jobs until the test runs them, like an executor with threads.
class LateExecutor final : public Executor {
  public:
    void submit(std::unique_ptr<Job> job) override { jobs.push_back(std::move(job)); }
    void run_all() {
        auto now = std::move(jobs);
        jobs.clear();
        for (auto& job : now) {
            job->run();
            job->finish();
        }
    }
    std::vector<std::unique_ptr<Job>> jobs;
};

}  // namespace nacre::test
