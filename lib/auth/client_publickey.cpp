#include "auth/client_method.hpp"
#include "auth/limits.hpp"
#include "auth/pubkey_algorithms.hpp"
#include "auth/publickey_signed_data.hpp"
#include "transport/signing.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/public_key.hpp>

namespace nacre::detail {
namespace {

/// RFC 4252 s7 and publickey-hostbound-v00@openssh.com: each key is offered first and signs only
/// when the server would take it.
class ClientPublickey final : public ClientMethod {
  public:
    using ClientMethod::ClientMethod;

    AuthMethod method() const noexcept override { return AuthMethod::publickey; }
    bool spent() const noexcept override { return fetched_ && next_ >= keys_.size(); }

    void attempt() override {
        if (!fetched_) {
            fetched_ = true;
            keys_ = exchange_.handler().keys();
            if (keys_.size() > kMaxKeys) keys_.resize(kMaxKeys);
        }
        for (; next_ < keys_.size(); ++next_) {
            if (!keys_[next_]) continue;
            algorithm_ = choose_algorithm(*keys_[next_]);
            if (algorithm_.empty()) continue;
            offered_ = true;
            return send_request(nullptr);
        }
        exchange_.give_up();
    }

    Result<void> on_message(ByteView body) override {
        NACRE_TRY(const auto ok, decode<msg::UserauthPkOk>(body));
        // The blob decides; some servers name the key's type instead of the algorithm.
        if (!std::exchange(offered_, false) ||
            !same_bytes(ok.public_key_blob, keys_[next_]->public_blob()))
            return misbehaved("PK_OK for a key that was not offered", msg::UserauthPkOk::kNumber);
        const Bytes data = publickey_signed_data(
            {exchange_.port().info().session_id, exchange_.config().user, kConnectionService,
             algorithm_, keys_[next_]->public_blob(), host_key()});
        const auto key = keys_[next_];
        sign_in(exchange_.port().executor(), key, data, algorithm_,
                ask<&ClientPublickey::on_signature>());
        return {};
    }

    void on_failure() override {
        offered_ = false;
        ++next_;
    }

    void on_partial_success(bool ours) override {
        // Keys that were refused may be right for what comes next; the same key twice never is.
        if (ours && next_ < keys_.size()) keys_[next_].reset();
        next_ = 0;
    }

  private:
    std::string_view choose_algorithm(const Signer& key) const {
        const Provider& provider = exchange_.port().provider();
        const NameList server(exchange_.port().info().server_sig_algs);
        const auto candidates = key.algorithms();
        const auto rsa = rsa_bits(key.public_blob(), provider);
        if (rsa != 0 && rsa < exchange_.config().min_rsa_bits) return {};
        // Only RSA has a choice. Of other keys OpenSSH's client does not look at the list either:
        // servers leave algorithms out that they take.
        const bool ask_server = candidates.size() > 1 && !server.empty();
        for (const auto name : candidates) {
            if (!pubkey_algorithm_enabled(name, exchange_.config().pubkey_algorithms, provider))
                continue;
            // OpenSSH's servers list the plain names only.
            if (!ask_server || server.contains(name) || server.contains(plain_name(name)))
                return name;
        }
        return {};
    }

    std::optional<ByteView> host_key() const {
        const SessionInfo& info = exchange_.port().info();
        if (!info.peer_hostbound) return {};
        return ByteView(info.host_key);
    }

    void on_signature(Result<Signature> answer) {
        if (!answer) {
            ++next_;
            return attempt();
        }
        send_request(&*answer);
    }

    // A query, or with `signature` a login.
    void send_request(const Signature* signature) {
        const ByteView blob = keys_[next_]->public_blob();
        const auto host = host_key();
        std::size_t size = 1 + 4 + algorithm_.size() + 4 + blob.size();
        if (host) size += 4 + host->size();
        if (signature != nullptr) size += 4 + signature->blob.size();
        Frame frame = exchange_.request(host ? kPublickeyHostbound : kPublickey, size);
        if (!frame) return;
        Writer w(frame);
        w.boolean(signature != nullptr).string(algorithm_).string(blob);
        if (host) w.string(*host);
        if (signature != nullptr) w.string(signature->blob);
        exchange_.submit(std::move(frame));
    }

    bool fetched_ = false;
    std::vector<std::shared_ptr<Signer>> keys_;  // null: a factor already
    std::size_t next_ = 0;                       // the key being tried
    bool offered_ = false;                       // a query is out
    std::string algorithm_;
};

}  // namespace

std::unique_ptr<ClientMethod> make_client_publickey(ClientExchange& exchange) {
    return std::make_unique<ClientPublickey>(exchange);
}

}  // namespace nacre::detail
