#include "transport/key_exchange.hpp"

#include "transport/signing.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/message/kex.hpp>

#include <algorithm>
#include <new>

namespace nacre {

namespace {

bool contains(std::span<const std::string_view> names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool compresses(std::string_view name, bool authenticated) noexcept {
    return name == "zlib" || (name == "zlib@openssh.com" && authenticated);
}

/// One step of the method, wherever it runs. Owns what it touches.
struct KeyExchange::StepJob final : Job {
    StepJob(std::shared_ptr<const std::vector<DhGroup>> g, std::shared_ptr<KexMethod> m,
            std::uint8_t n, ByteView b, Reply<KexStep> r)
        : groups(std::move(g)), method(std::move(m)), number(n), body(b), reply(std::move(r)) {}
    void run() override { result = number == 0 ? method->start() : method->step(number, body); }
    void finish() override { reply(std::move(result)); }

    std::shared_ptr<const std::vector<DhGroup>> groups;  ///< which the method looks at
    std::shared_ptr<KexMethod> method;
    std::uint8_t number;
    SecretBytes body;
    Reply<KexStep> reply;
    Result<KexStep> result = Error{Errc::internal, Disconnect::none, 0, "job did not run"};
};

/// Answers may come from outside of the pump, where nobody else catches this.
template <class F>
void KeyExchange::guarded(F&& work) noexcept {
    try {
        work();
    } catch (const std::bad_alloc&) {
        settle(Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a key exchange"});
    }
}

KeyExchange::KeyExchange(KeyExchangeHost& host, Role role, const TransportConfig& config,
                         const SessionResources& resources, const Offer& offer, bool first)
    : host_(host),
      role_(role),
      config_(config),
      resources_(resources),
      offer_(offer),
      first_(first) {}

void KeyExchange::start() {
    our_kexinit_ = make_kexinit(offer_, role_, first_, config_.strict_kex, *resources_.rng);
    host_.kex_send(msg::kexinit, ByteView(our_kexinit_).subspan(1));
}

Result<void> KeyExchange::on_kexinit(ByteView body, std::uint32_t seq) {
    peer_kexinit_.reserve(1 + body.size());
    peer_kexinit_.push_back(msg::kexinit);
    append(peer_kexinit_, body);
    auto peer = decode<msg::KexInit>(ByteView(peer_kexinit_).subspan(1));
    if (!peer) return kex_failed("malformed KEXINIT");
    host_.kex_info().peer_host_key_algorithms = peer->server_host_key_algorithms.text();
    NACRE_CHECK(choose(*peer, seq));
    NACRE_CHECK(make_method());
    if (role_ == Role::client) run(0, {});
    return {};
}

Result<void> KeyExchange::choose(const msg::KexInit& peer, std::uint32_t seq) {
    NACRE_TRY(const msg::KexInit ours, decode<msg::KexInit>(ByteView(our_kexinit_).subspan(1)));
    const msg::KexInit& client = role_ == Role::client ? ours : peer;
    const msg::KexInit& server = role_ == Role::client ? peer : ours;
    NACRE_TRY(chosen_, negotiate(client, server, role_, *resources_.provider));

    SessionInfo& info = host_.kex_info();
    if (first_) {
        info.strict_kex = strict_agreed(client, server);
        if (!info.strict_kex && config_.strict_kex == StrictKex::require)
            return kex_failed("strict key exchange is required, peer does not offer it");
        if (!info.strict_kex && config_.strict_kex == StrictKex::filter &&
            !offers_strict(peer, other(role_)) && truncatable(chosen_))
            return kex_failed("cipher needs strict key exchange, peer does not offer it");
        //= draft-ietf-sshm-strict-kex s2
        //# ... terminate the connection if the first packet received was not SSH_MSG_KEXINIT.
        if (info.strict_kex && seq != 0)
            return misbehaved("strict key exchange: KEXINIT was not the first packet", seq);
    }
    const bool server_role = role_ == Role::server;
    info.kex = chosen_.kex;
    info.host_key_algorithm = chosen_.host_key;
    info.cipher_in = server_role ? chosen_.cipher_c2s : chosen_.cipher_s2c;
    info.cipher_out = server_role ? chosen_.cipher_s2c : chosen_.cipher_c2s;
    info.mac_in = server_role ? chosen_.mac_c2s : chosen_.mac_s2c;
    info.mac_out = server_role ? chosen_.mac_s2c : chosen_.mac_c2s;
    info.compression_in = server_role ? chosen_.compression_c2s : chosen_.compression_s2c;
    info.compression_out = server_role ? chosen_.compression_s2c : chosen_.compression_c2s;
    return {};
}

Result<void> KeyExchange::make_method() {
    KexContext context;
    context.role = role_;
    context.rng = resources_.rng;
    context.groups = config_.dh_groups.get();
    if (role_ == Role::server) {
        const auto found = std::find_if(
            config_.host_keys.begin(), config_.host_keys.end(),
            [&](const auto& signer) { return contains(signer->algorithms(), chosen_.host_key); });
        if (found == config_.host_keys.end()) return kex_failed("no host key for the algorithm");
        signer_ = *found;
        context.host_key = signer_->public_blob();
    }
    NACRE_TRY(auto method, resources_.provider->kex(chosen_.kex, context));
    // A costly method runs on another thread, where the session's generator must not be used.
    if (method->costly()) {
        context.rng = &system_rng();
        NACRE_TRY(method, resources_.provider->kex(chosen_.kex, context));
    }
    method_ = std::move(method);
    return {};
}

Result<void> KeyExchange::on_message(std::uint8_t number, ByteView body) {
    run(number, body);
    return {};
}

void KeyExchange::run(std::uint8_t number, ByteView body) {
    host_.kex_wait(true);
    auto deliver = [](void* self, std::uint64_t, Result<KexStep>&& step) {
        auto* kex = static_cast<KeyExchange*>(self);
        kex->guarded([&] { kex->on_step(std::move(step)); });
    };
    Executor& executor = method_->costly() ? *resources_.executor : inline_executor();
    executor.submit(std::make_unique<StepJob>(config_.dh_groups, method_, number, body,
                                              Reply<KexStep>(line_.ref(), 0, deliver)));
}

void KeyExchange::on_step(Result<KexStep>&& step) {
    if (!step) return settle(step.error());
    if (step->send) host_.kex_send(step->send->number, step->send->body);
    if (!step->done) return settle({});
    // finish() settles, perhaps later.
    if (auto finished = finish(std::move(*step->done)); !finished) settle(finished);
}

Result<void> KeyExchange::finish(KexDone&& done) {
    secret_ = std::move(done);
    const SessionInfo& info = host_.kex_info();
    const bool server = role_ == Role::server;
    ExchangeTranscript transcript;
    transcript.v_c = server ? info.peer_version : info.our_version;
    transcript.v_s = server ? info.our_version : info.peer_version;
    transcript.i_c = server ? peer_kexinit_ : our_kexinit_;
    transcript.i_s = server ? our_kexinit_ : peer_kexinit_;
    if (server) secret_.host_key = to_bytes(signer_->public_blob());

    NACRE_TRY(auto hash, resources_.provider->hash(method_->hash()));
    h_ = exchange_hash(*hash, transcript, secret_.host_key, secret_.hash_fields,
                       secret_.shared_secret);
    if (!server) return check_host_key();

    auto deliver = [](void* self, std::uint64_t, Result<Signature>&& signature) {
        auto* kex = static_cast<KeyExchange*>(self);
        if (!signature) {
            Error error = signature.error();
            error.disconnect = Disconnect::key_exchange_failed;
            return kex->settle(error);
        }
        kex->guarded([&] { kex->send_reply(*signature); });
    };
    Reply<Signature> reply(line_.ref(), 0, deliver);
    detail::sign_in(*resources_.executor, signer_, h_, chosen_.host_key, std::move(reply));
    return {};
}

void KeyExchange::send_reply(const Signature& signature) {
    Bytes body;
    Writer w(body);
    w.string(secret_.host_key).bytes(secret_.reply_field).string(signature.blob);
    host_.kex_send(secret_.reply_number, body);
    settle(make_keys());
}

Result<void> KeyExchange::check_host_key() {
    // Only the code of the type that was agreed on sees what a stranger sends.
    if (!is_key_of(secret_.host_key, chosen_.host_key))
        return kex_failed("host key is not of the negotiated type");
    auto key = resources_.provider->public_key(secret_.host_key);
    if (!key) return kex_failed("host key malformed or of unknown type");
    const auto rsa = rsa_bits(plain_blob(**key));
    if (rsa != 0 && rsa < config_.min_rsa_bits)
        return Error{Errc::peer_refused, Disconnect::host_key_not_verifiable, rsa,
                     "RSA host key too short"};
    if (!contains((*key)->algorithms(), chosen_.host_key))
        return kex_failed("host key is not of the negotiated type");
    if (!(*key)->verify(chosen_.host_key, h_, secret_.signature))
        return kex_failed("host key signature is wrong");
    // The same key as before was trusted before.
    if (!first_ && same_bytes(secret_.host_key, host_.kex_info().host_key)) {
        on_trusted();
        return {};
    }
    if (config_.host_key_verifier == nullptr)
        return Error{Errc::local_misuse, Disconnect::host_key_not_verifiable, 0,
                     "no host key verifier"};
    config_.host_key_verifier->verify(
        **key, Reply<void>(line_.ref(), 0, [](void* self, std::uint64_t, Result<void>&& trusted) {
            auto* kex = static_cast<KeyExchange*>(self);
            if (!trusted)
                return kex->settle(Error{Errc::crypto_failed, Disconnect::host_key_not_verifiable,
                                         0, "host key is not trusted"});
            kex->guarded([&] { kex->on_trusted(); });
        }));
    return {};
}

void KeyExchange::on_trusted() {
    settle(make_keys());
}

Result<void> KeyExchange::make_keys() {
    SessionInfo& info = host_.kex_info();
    if (first_) {
        //= RFC 4253 s7.2
        //# The exchange hash H from the first key exchange is additionally used as the session
        //# identifier ... it is not changed, even if keys are later re-exchanged.
        info.session_id = h_;
        info.host_key = secret_.host_key;
        if (role_ == Role::client) info.host_key_signature = Bytes(secret_.signature);
    }
    const Provider& provider = *resources_.provider;
    NACRE_TRY(auto hash, provider.hash(method_->hash()));
    const auto keys_for = [&](bool c2s, std::string_view cipher,
                              std::string_view mac) -> Result<DirectionKeys> {
        NACRE_TRY(const CipherKeySizes sizes, provider.key_sizes(cipher, mac));
        return derive_keys(*hash, secret_.shared_secret, h_, info.session_id, c2s, sizes);
    };
    const bool client = role_ == Role::client;
    SendEpoch send;
    {
        NACRE_TRY(auto keys, keys_for(client, info.cipher_out, info.mac_out));
        NACRE_TRY(send.sealer, provider.sealer(info.cipher_out, info.mac_out, keys.view()));
        if (compresses(info.compression_out, info.authenticated)) {
            NACRE_TRY(send.compressor, Compressor::create(config_.compression_level));
        }
    }
    {
        NACRE_TRY(auto keys, keys_for(!client, info.cipher_in, info.mac_in));
        NACRE_TRY(receive_.opener, provider.opener(info.cipher_in, info.mac_in, keys.view()));
        if (compresses(info.compression_in, info.authenticated)) {
            NACRE_TRY(receive_.decompressor, Decompressor::create());
        }
    }
    secret_ = KexDone();
    method_.reset();
    done_ = true;
    host_.kex_keys(std::move(send));
    return {};
}

void KeyExchange::settle(Result<void> outcome) noexcept {
    if (!outcome) {
        Error error = outcome.error();
        if (error.disconnect == Disconnect::none)
            error.disconnect = Disconnect::key_exchange_failed;
        host_.kex_fail(error);
    }
    host_.kex_wait(false);
}

}  // namespace nacre
