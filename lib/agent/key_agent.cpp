#include "agent/certificate_key.hpp"
#include "keys/private_fields.hpp"

#include <nacre/agent/key_agent.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre::agent {

namespace {

/// All blobs and comments together: what fits into an answer.
constexpr std::size_t kMaxListed = kMaxMessage - 8;
/// Wrong passphrases make unlocking wait, each twice as long as the one before.
constexpr Duration kFirstPause = std::chrono::milliseconds(100);
constexpr Duration kLongestPause = std::chrono::seconds(10);

constexpr Error unsupported(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}

/// The algorithm to sign with when a client asks with `flags`. As OpenSSH's agent: flags that mean
/// nothing for the key are passed over, and SHA-256 comes before SHA-512.
std::string_view algorithm_for(std::string_view key_type, std::uint32_t flags) noexcept {
    if (key_type != "ssh-rsa") return key_type;
    if ((flags & kSignRsaSha256) != 0) return "rsa-sha2-256";
    return (flags & kSignRsaSha512) != 0 ? "rsa-sha2-512" : "ssh-rsa";
}

struct Kept {
    Bytes blob;  ///< of the key, or its certificate
    std::string comment;
    std::string key_type;
    std::shared_ptr<Signer> signer;
    std::optional<Instant> expires;
    bool confirm = false;

    std::size_t listed() const noexcept { return 8 + blob.size() + comment.size(); }
};

}  // namespace

class KeyAgent::Impl {
  public:
    explicit Impl(KeyAgentConfig config) : config_(std::move(config)) {}

    bool locked() const noexcept { return lock_.has_value(); }

    std::size_t size(Instant now) {
        expire(now);
        return keys_.size();
    }

    Result<void> add(const PrivateKey& key, Bytes blob, std::string_view comment,
                     const Constraints& constraints, Instant now) {
        if (locked()) return unsupported("agent: locked");
        if (!constraints.extensions.empty()) return unsupported("agent: constraint not supported");
        if (constraints.confirm && !config_.confirm)
            return unsupported("agent: nobody to confirm the use of a key");
        Kept kept;
        NACRE_TRY(kept.signer, config_.provider->signer(key));
        // An answer is made in one call.
        if (!kept.signer->immediate()) return unsupported("agent: the key does not sign at once");
        kept.blob = std::move(blob);
        kept.comment = comment;
        kept.key_type = key.type;
        kept.confirm = constraints.confirm;
        if (constraints.lifetime) kept.expires = now + std::chrono::seconds(*constraints.lifetime);
        expire(now);
        const auto same = find(kept.blob);
        std::size_t listed = kept.listed();
        for (auto k = keys_.begin(); k != keys_.end(); ++k)
            if (k != same) listed += k->listed();
        if (listed > kMaxListed || (same == keys_.end() && keys_.size() == kMaxIdentities))
            return Error{Errc::local_limit, Disconnect::none, 0, "agent: too many keys"};
        if (same != keys_.end()) {
            *same = std::move(kept);
        } else {
            keys_.push_back(std::move(kept));
        }
        return {};
    }

    Bytes answer(ByteView message, Instant now) {
        expire(now);
        auto request = parse_request(message);
        Result<Bytes> made = unsupported("agent: malformed request");
        if (request)
            made = std::visit([&](const auto& m) { return encode_answer(on(m, now)); }, *request);
        signature_.clear();
        if (made) return *std::move(made);
        return encode_answer(Failure{}).value_or({});
    }

  private:
    using Keys = std::vector<Kept>;

    static Answer say(bool done) { return done ? Answer(Success{}) : Answer(Failure{}); }

    Keys::iterator find(ByteView blob) {
        return std::find_if(keys_.begin(), keys_.end(),
                            [&](const Kept& k) { return same_bytes(k.blob, blob); });
    }

    void expire(Instant now) {
        std::erase_if(keys_, [&](const Kept& k) { return k.expires && *k.expires <= now; });
    }

    Answer on(const RequestIdentities&, Instant) {
        IdentitiesAnswer answer;
        if (!locked())
            for (const auto& key : keys_) answer.identities.push_back({key.blob, key.comment});
        return answer;
    }

    Answer on(const SignRequest& m, Instant) {
        const auto key = locked() ? keys_.end() : find(m.key_blob);
        if (key == keys_.end()) return Failure{};
        const auto algorithm = algorithm_for(key->key_type, m.flags);
        // A copy: who is asked may use the agent meanwhile.
        const auto signer = key->signer;
        if (key->confirm) {
            const Bytes blob = key->blob;
            const std::string comment = key->comment;
            if (!config_.confirm(blob, comment)) return Failure{};
        }
        signer->sign(m.data, algorithm, Reply<Signature>::from([this](Result<Signature>&& made) {
                         if (made) signature_ = std::move(made->blob);
                     }));
        if (signature_.empty()) return Failure{};
        return SignResponse{signature_};
    }

    Answer on(const AddIdentity& m, Instant now) {
        if (!detail::certified_type(m.type).empty()) {
            auto certified = detail::read_certified_key(m.type, m.fields);
            if (!certified) return Failure{};
            return say(add(certified->key, std::move(certified->certificate), m.comment,
                           m.constraints, now)
                           .has_value());
        }
        Reader fields(m.fields);
        auto key = nacre::detail::read_private_fields(m.type, fields);
        if (!key || !fields.done()) return Failure{};
        Bytes blob = key->public_blob;
        return say(add(*key, std::move(blob), m.comment, m.constraints, now).has_value());
    }

    Answer on(const RemoveIdentity& m, Instant) {
        const auto key = locked() ? keys_.end() : find(m.key_blob);
        if (key == keys_.end()) return Failure{};
        keys_.erase(key);
        return Success{};
    }

    // RFC 9987 s3.2.8: should be honoured always, also while the agent is locked.
    Answer on(const RemoveAllIdentities&, Instant) {
        keys_.clear();
        return Success{};
    }

    Answer on(const AddSmartcardKey&, Instant) { return Failure{}; }
    Answer on(const RemoveSmartcardKey&, Instant) { return Failure{}; }

    Answer on(const Lock& m, Instant) {
        if (locked()) return Failure{};
        lock_.emplace(m.passphrase);
        return Success{};
    }

    Answer on(const Unlock& m, Instant now) {
        if (!locked() || now < unlock_from_) return Failure{};
        if (!same_secret(*lock_, m.passphrase)) {
            unlock_from_ = now + pause_;
            pause_ = std::min(2 * pause_, kLongestPause);
            return Failure{};
        }
        lock_.reset();
        pause_ = kFirstPause;
        return Success{};
    }

    Answer on(const Extension& m, Instant) {
        if (m.name == kQuery) {
            query_.clear();
            Writer<Bytes>(query_).string(kQuery).string(kSessionBind);
            return ExtensionResponse{kQuery, query_};
        }
        if (m.name != kSessionBind) return ExtensionFailure{};
        // No key here is bound to a destination, so what is to be remembered is nothing; but a
        // client learns whether its binding is right.
        const auto bind = parse_session_bind(m.data);
        if (!bind) return Failure{};
        const auto key = config_.provider->public_key(bind->host_key);
        if (!key) return Failure{};
        Reader signature(bind->signature);
        return say((*key)->verify(signature.text(), bind->session_id, bind->signature));
    }

    KeyAgentConfig config_;
    Keys keys_;
    std::optional<SecretBytes> lock_;
    Instant unlock_from_{};
    Duration pause_ = kFirstPause;
    Bytes signature_, query_;  // what an answer refers to
};

KeyAgent::KeyAgent(KeyAgentConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}

KeyAgent::~KeyAgent() = default;

Result<void> KeyAgent::add(const PrivateKey& key, const Constraints& constraints, Instant now) {
    return impl_->add(key, key.public_blob, key.comment, constraints, now);
}

Bytes KeyAgent::answer(ByteView request, Instant now) {
    return impl_->answer(request, now);
}

std::size_t KeyAgent::size(Instant now) {
    return impl_->size(now);
}

bool KeyAgent::locked() const noexcept {
    return impl_->locked();
}

KeyAgentConnection::~KeyAgentConnection() {
    wipe(input_);
}

Result<void> KeyAgentConnection::receive(ByteView bytes, Instant now) {
    while (!bytes.empty()) {
        if (output_.size() > kMaxMessage)
            return over_limit("agent: the client does not take its answers");
        // Length first, then no more than the message: a vector that grows would leave copies of a
        // key behind.
        const std::size_t wanted = input_.size() < 4 ? 4 : 4 + load_be32(input_.data());
        const auto part = bytes.first(std::min(bytes.size(), wanted - input_.size()));
        append(input_, part);
        bytes = bytes.subspan(part.size());
        NACRE_TRY(const auto message, first_message(input_));
        if (input_.size() == 4) {
            Bytes whole;
            whole.reserve(4 + load_be32(input_.data()));
            append(whole, input_);
            input_ = std::move(whole);
        }
        if (!message) continue;
        append(output_, agent_.answer(*message, now));
        wipe(input_);
        input_.clear();
    }
    return {};
}

}  // namespace nacre::agent
