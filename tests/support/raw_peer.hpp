/// \file
/// A scripted peer that exchanges real keys with a session and then says what no implementation
/// would: it writes packets itself, and can lie about each of their parts.
#pragma once
#include "crypto/null_cipher.hpp"
#include "support/session_pair.hpp"
#include "transport/identification.hpp"
#include "transport/key_exchange.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"

#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace nacre::test {

class RawPeer final : private KeyExchangeHost {
  public:
    /// What is wrong with a packet.
    struct Lie {
        std::optional<std::uint32_t> packet_length;
        std::optional<std::uint8_t> padding_length;
        bool flip_tag = false;
    };

    explicit RawPeer(Role role) : end_(99), reader_(buffer_, slabs_), reading_(role) {
        info_.role = role;
        info_.our_version = "SSH-2.0-raw";
        config.host_keys = {host_key("ssh-ed25519")};
        config.host_key_verifier = std::make_shared<TrustAll>();
    }

    /// Identification and KEXINIT.
    Result<void> start() {
        NACRE_CHECK(offer());
        append(out, as_bytes(info_.our_version + "\r\n"));
        start_kex();
        return {};
    }
    /// Takes what `config` says now for the next KEXINIT.
    Result<void> offer() {
        NACRE_TRY(offer_, make_offer(config, botan_provider(), info_.role));
        return {};
    }
    void start_kex() {
        kex_ = std::make_unique<KeyExchange>(static_cast<KeyExchangeHost&>(*this), info_.role,
                                             config, resources_, offer_, info_.key_exchanges == 0);
        kex_->start();
    }
    /// A packet of this payload, number first.
    void send(ByteView payload) { send(payload, Lie()); }
    void send(ByteView payload, const Lie& lie) {
        Bytes packed;
        if (epoch_.compressor) {
            Frame frame = end_.frames.take(Compressor::bound(payload.size()));
            if (!epoch_.compressor->compress(payload, frame)) return;
            packed = to_bytes(frame.payload());
            payload = packed;
        }
        const CipherShape& shape = epoch_.sealer->shape();
        const std::size_t head = shape.length_outside_padding ? 1 : 5;
        std::size_t padding = shape.block - (head + payload.size()) % shape.block;
        if (padding < 4) padding += shape.block;
        Bytes packet(5);
        store_be32(packet.data(), lie.packet_length.value_or(
                                      static_cast<std::uint32_t>(1 + payload.size() + padding)));
        packet[4] = lie.padding_length.value_or(static_cast<std::uint8_t>(padding));
        append(packet, payload);
        packet.resize(packet.size() + padding + shape.tag);
        if (!epoch_.sealer->seal(sequence_++, packet)) return;
        if (lie.flip_tag) packet.back() ^= 1;
        append(out, packet);
    }
    template <class M>
    requires requires { M::kNumber; }
    void send(const M& message) { send(encode(message)); }
    /// What the session sent.
    void feed(ByteView bytes) {
        while (!bytes.empty() && !failed) {
            const ByteSpan space = buffer_.space(std::max<std::size_t>(reader_.missing(), 1));
            const std::size_t n = std::min(space.size(), bytes.size());
            std::memcpy(space.data(), bytes.data(), n);
            buffer_.commit(n);
            bytes = bytes.subspan(n);
            if (!take()) return;
            buffer_.release_if_empty();
        }
    }
    /// Payloads of this number that came, in order.
    std::vector<Bytes> all(std::uint8_t number) const {
        std::vector<Bytes> found;
        for (const Bytes& payload : received)
            if (payload[0] == number) found.push_back(payload);
        return found;
    }
    std::size_t count(std::uint8_t number) const { return all(number).size(); }
    /// Reason of the DISCONNECT that came; 0: none did.
    std::uint32_t reason() const {
        const auto found = all(msg::disconnect);
        return found.empty() ? 0 : load_be32(found[0].data() + 1);
    }
    const SessionInfo& info() const noexcept { return info_; }
    /// As OpenSSH's client: "zlib@openssh.com" begins behind USERAUTH_SUCCESS.
    Result<void> start_compression() {
        NACRE_TRY(auto out_stream, Compressor::create());
        NACRE_TRY(auto in_stream, Decompressor::create());
        epoch_.compressor = std::move(out_stream);
        reader_.start_compression(std::move(in_stream));
        return {};
    }

    TransportConfig config;
    Bytes out;  ///< for the session
    std::vector<Bytes> received;
    Bytes kexinit;                ///< the latest that we sent, with its number
    std::optional<Error> failed;  ///< the session sent what is wrong
    /// Called with each payload before it is kept.
    std::function<void(ByteView)> on_packet;

  private:
    SessionInfo& kex_info() noexcept override { return info_; }
    void kex_send(std::uint8_t number, ByteView body) noexcept override {
        Bytes payload{number};
        append(payload, body);
        if (number == msg::kexinit) kexinit = payload;
        send(payload);
    }
    void kex_keys(SendEpoch epoch) override {
        kex_send(msg::newkeys, {});
        epoch_ = std::move(epoch);
        if (info_.strict_kex) sequence_ = 0;
    }
    void kex_wait(bool) noexcept override {}
    void kex_fail(const Error& error) noexcept override { failed = error; }

    bool take() {
        if (info_.peer_version.empty()) {
            auto found = reading_.read(buffer_.pending());
            if (!found) return fail(found.error());
            buffer_.consume(found->consumed);
            if (!found->text) return true;
            info_.peer_version = std::move(*found->text);
        }
        while (!failed) {
            auto packet = reader_.next();
            if (!packet) return fail(packet.error());
            if (!*packet) return true;
            if (auto handled = handle(**packet); !handled) return fail(handled.error());
        }
        return false;
    }
    bool fail(const Error& error) {
        failed = error;
        return false;
    }
    Result<void> handle(const InPacket& packet) {
        if (packet.number == msg::kexinit) {
            if (kex_ == nullptr) start_kex();
            return kex_->on_kexinit(packet.body.bytes, packet.seq);
        }
        if (packet.number >= msg::kex_first && packet.number <= msg::kex_last)
            return kex_->on_message(packet.number, packet.body.bytes);
        if (packet.number == msg::newkeys) {
            reader_.install(kex_->take_receive_epoch(), info_.strict_kex);
            kex_.reset();
            ++info_.key_exchanges;
            return {};
        }
        Bytes payload{packet.number};
        append(payload, packet.body.bytes);
        if (on_packet) on_packet(payload);
        received.push_back(std::move(payload));
        return {};
    }

    End end_;
    SessionResources resources_ = end_.resources();
    SessionInfo info_;
    Offer offer_;
    SlabShare slabs_{end_.slabs};
    ReceiveBuffer buffer_{slabs_};
    PacketReader reader_;
    IdentificationReader reading_;
    std::unique_ptr<KeyExchange> kex_;
    SendEpoch epoch_{make_null_sealer(), {}, 0, 0};
    std::uint32_t sequence_ = 0;
};

}  // namespace nacre::test
