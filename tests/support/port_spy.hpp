/// \file
/// A PacketPort that records what a layer does to it: layers are tested without a transport.
#pragma once
#include <nacre/transport/layer.hpp>

#include <functional>
#include <vector>

namespace nacre::test {

/// A provider that has nothing; for layers that ask for little or no cryptography.
class EmptyProvider : public Provider {
  public:
    std::span<const AlgorithmInfo> algorithms(Algorithm) const noexcept override { return {}; }
    Result<CipherKeySizes> key_sizes(std::string_view, std::string_view) const noexcept override {
        return none();
    }
    Result<std::unique_ptr<PacketSealer>> sealer(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return none();
    }
    Result<std::unique_ptr<PacketOpener>> opener(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return none();
    }
    Result<std::unique_ptr<KexMethod>> kex(std::string_view,
                                           const KexContext&) const noexcept override {
        return none();
    }
    Result<std::unique_ptr<Hash>> hash(std::string_view) const noexcept override { return none(); }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView) const noexcept override {
        return none();
    }
    Result<std::shared_ptr<Signer>> signer(const PrivateKey&) const noexcept override {
        return none();
    }
    Result<PrivateKey> generate(std::string_view, std::uint32_t, Rng&) const noexcept override {
        return none();
    }

  private:
    static Error none() noexcept { return {Errc::unsupported, Disconnect::none, 0, "no provider"}; }
};

/// Counts up; the same bytes in every run.
class CountingRng final : public Rng {
  public:
    void fill(ByteSpan out) noexcept override {
        for (auto& byte : out) byte = next_++;
    }

  private:
    std::uint8_t next_ = 0;
};

/// A packet that a layer submitted.
struct SentPacket {
    std::uint8_t number = 0;
    Bytes body;
    Lane lane = Lane::ordered;
};

class PortSpy final : public PacketPort {
  public:
    // What the layer is told; tests set these.
    SessionInfo session;
    Instant time{};
    const Provider* crypto = &empty_provider_;
    Executor* jobs = &inline_executor();
    std::size_t backlog_bytes = 0;
    bool backlog_grows = false;  ///< submit() adds to backlog_bytes, as before a slow socket
    /// When set, submitted frames go here instead of into `sent`.
    std::function<void(Frame&&, Lane)> on_submit;
    /// The frame() or bulk_frame() call (counted from 0) that fails as if memory were exhausted.
    std::size_t fail_frame_at = SIZE_MAX;

    // What the layer did.
    std::vector<SentPacket> sent;
    std::size_t frames_taken = 0;
    int holds = 0;
    int resumes = 0;
    int rekeys = 0;
    std::vector<std::string> services;
    std::vector<std::string> users;  ///< of auth_done()
    std::optional<Error> failed;     ///< the first fail()
    struct Closed {
        Disconnect reason;
        std::string text;
    };
    std::optional<Closed> closed;

    FramePool frames;
    SlabPool slabs;

    const SessionInfo& info() const noexcept override { return session; }
    Instant now() const noexcept override { return time; }
    Rng& rng() noexcept override { return rng_; }
    const Provider& provider() const noexcept override { return *crypto; }
    Executor& executor() noexcept override { return *jobs; }

    Frame frame(std::uint8_t number, std::size_t body) noexcept override {
        Frame made = take(1 + body);
        if (made) made.append(1)[0] = number;
        return made;
    }
    Frame bulk_frame(std::size_t payload) noexcept override { return take(payload); }
    void submit(Frame&& frame, Lane lane) noexcept override {
        const auto packet = frame.payload();
        if (backlog_grows) backlog_bytes += packet.size();
        if (on_submit) {
            on_submit(std::move(frame), lane);
        } else {
            sent.push_back({packet[0], to_bytes(packet.subspan(1)), lane});
        }
    }
    std::size_t backlog() const noexcept override { return backlog_bytes; }

    void hold() noexcept override { ++holds; }
    void resume() noexcept override { ++resumes; }
    void auth_done(std::string_view user,
                   std::shared_ptr<const LoginRestrictions> restrictions) noexcept override {
        session.restrictions = std::move(restrictions);
        users.emplace_back(user);
        session.user = user;
        session.authenticated = true;
    }
    void rekey() noexcept override { ++rekeys; }
    void request_service(std::string_view name) noexcept override { services.emplace_back(name); }
    void fail(const Error& error) noexcept override {
        if (!failed) failed = error;
    }
    void close(Disconnect reason, std::string_view text) noexcept override {
        if (!closed) closed = Closed{reason, std::string(text)};
    }

    /// A received packet with a copy of `body` in a slab.
    InPacket packet(std::uint8_t number, ByteView body) {
        SlabRef slab = slabs.take(body.size());
        if (!body.empty()) std::memcpy(slab.memory().data(), body.data(), body.size());
        const ByteView bytes = slab.memory().first(body.size());
        return {seq_++, number, {bytes, std::move(slab)}};
    }
    /// A received message.
    template <class M>
    InPacket packet(const M& m) {
        Bytes body;
        write_body(m, body);
        return packet(M::kNumber, body);
    }

    /// sent[i] decoded; views in it are borrowed from sent[i]. An M of empty fields when there is
    /// no such packet, or its number or form is another.
    template <class M>
    M sent_as(std::size_t i) const {
        if (i >= sent.size() || sent[i].number != M::kNumber) return M{};
        auto m = decode<M>(sent[i].body);
        return m ? *m : M{};
    }
    /// The numbers of what was sent, in order.
    std::vector<int> numbers() const {
        std::vector<int> out;
        for (const auto& one : sent) out.push_back(one.number);
        return out;
    }
    std::size_t count(std::uint8_t number) const {
        std::size_t n = 0;
        for (const auto& one : sent) n += one.number == number ? 1 : 0;
        return n;
    }

  private:
    Frame take(std::size_t payload) noexcept {
        Frame made;
        if (frames_taken++ != fail_frame_at) made = frames.take(payload);
        if (!made) fail({Errc::out_of_memory, Disconnect::by_application, 0, "out of memory"});
        return made;
    }

    EmptyProvider empty_provider_;
    CountingRng rng_;
    std::uint32_t seq_ = 0;
};

}  // namespace nacre::test
