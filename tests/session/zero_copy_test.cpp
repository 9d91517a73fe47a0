// Bulk data of SFTP from end to end: the file's own memory goes to the socket, the socket's own
// memory goes to the file, and no packet costs an allocation.
#include "support/alloc_count.hpp"
#include "support/one_file_filesystem.hpp"
#include "support/sftp_stack.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kPacket = 32 * 1024;
constexpr std::size_t kFileSize = 4 * 1024 * 1024;
/// What a packet has beside the data of one READ or WRITE: headers, padding, tag.
constexpr std::size_t kAround = 128;

bool inside(ByteView part, ByteView whole) noexcept {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

/// Where bytes from the socket were put and not moved since; allocates nothing once made.
class ReceivedAt {
  public:
    ReceivedAt() { ranges_.reserve(4096); }
    /// Before bytes are put into `space`.
    void offered(ByteView space) {
        if (space.data() == next_) return;
        // Another slab, or the same one from its beginning: what it held is gone.
        const std::uint8_t* const end = space.data() + space.size();
        slab_ = {end - SlabPool::kSlabSize, SlabPool::kSlabSize};
        ++slabs_;
        ranges_.erase(std::remove_if(ranges_.begin(), ranges_.end(),
                                     [&](ByteView range) { return inside(range, slab_); }),
                      ranges_.end());
        ranges_.push_back({space.data(), 0});
    }
    void committed(ByteView bytes) {
        ByteView& last = ranges_.back();
        last = {last.data(), last.size() + bytes.size()};
        next_ = bytes.data() + bytes.size();
    }
    /// How many of the bytes of `piece` do not lie where the socket put them.
    std::size_t moved(ByteView piece) const {
        std::size_t in_place = 0;
        for (const ByteView range : ranges_) {
            const auto* const begin = std::max(piece.data(), range.data());
            const auto* const end =
                std::min(piece.data() + piece.size(), range.data() + range.size());
            if (begin < end) in_place += static_cast<std::size_t>(end - begin);
        }
        return piece.size() - in_place;
    }
    std::size_t slabs() const noexcept { return slabs_; }

  private:
    std::vector<ByteView> ranges_;
    ByteView slab_;
    const std::uint8_t* next_ = nullptr;
    std::size_t slabs_ = 0;
};

/// Looks where the memory lies that it is given.
class AddressFile final : public sftp::File {
  public:
    explicit AddressFile(const ReceivedAt& received) : received_(received) { filled.reserve(4096); }
    void read(std::uint64_t offset, sftp::ReadBuffer buffer,
              Reply<sftp::ReadBuffer> reply) override {
        std::size_t skip = buffer.skip;
        buffer.frames.for_each([&](ByteSpan frame) {
            const std::size_t skipped = std::min(skip, frame.size());
            skip -= skipped;
            const ByteSpan to = frame.subspan(skipped);
            if (to.empty()) return;
            std::memcpy(to.data(), content.data() + offset, to.size());
            filled.push_back(to);
            offset += to.size();
            buffer.filled += to.size();
        });
        reply(std::move(buffer));
    }
    void write(std::uint64_t offset, sftp::WriteBuffer buffer,
               Reply<sftp::WriteBuffer> reply) override {
        for (const Payload& piece : buffer.pieces) {
            moved += received_.moved(piece.bytes);
            good = good && std::memcmp(piece.bytes.data(), content.data() + offset,
                                       piece.bytes.size()) == 0;
            offset += piece.bytes.size();
            buffer.written += piece.bytes.size();
        }
        written += buffer.written;
        reply(std::move(buffer));
    }

    const Bytes content = DetRng(7).bytes(kFileSize);
    std::vector<ByteView> filled;  ///< by READs, since it was last cleared
    std::size_t written = 0;
    std::size_t moved = 0;  ///< bytes of WRITEs that lay elsewhere than the socket had put them
    bool good = true;       ///< WRITEs had the bytes that stand in `content`

  private:
    const ReceivedAt& received_;
};

/// A server whose socket is watched.
struct Watched {
    explicit Watched(const std::string& cipher) {
        stack.client_config->algorithms.ciphers = {cipher};
        stack.client_config->algorithms.macs = {"hmac-sha2-256-etm@openssh.com"};
        // As OpenSSH announces it: a DATA of 32 KiB and its header need two packets.
        stack.client_connection.max_packet = kPacket;
        stack.server_connection.max_packet = kPacket;
        REQUIRE(stack.start());
        stack.pair.run();
        REQUIRE(stack.ready.good());
        auto opened = stack.open("file");
        REQUIRE(opened);
        handle = std::move(*opened);
        from_client.reserve(4 * kFileSize);
    }

    bool client_to_server() {
        End& client = stack.pair.client;
        from_client.clear();
        if (std::exchange(client.woken, false))
            static_cast<void>(client.session->rx_commit(0, stack.pair.now));
        append(from_client, SessionPair::take(client));
        // As from a socket: as much as there is room for, wherever packets begin and end.
        ByteView left = from_client;
        while (!left.empty()) {
            const AllocCount count;
            const ByteSpan space = server().rx_space(1);
            received.offered(space);
            const std::size_t n = std::min(space.size(), left.size());
            std::memcpy(space.data(), left.data(), n);
            received.committed(space.first(n));
            static_cast<void>(server().rx_commit(n, stack.pair.now));
            allocations += count.count();
            left = left.subspan(n);
        }
        return !from_client.empty();
    }
    bool server_to_client() {
        std::array<ConstBuf, 64> slices{};
        bool moved = false;
        for (;;) {
            const AllocCount count;
            if (std::exchange(stack.pair.server.woken, false))
                static_cast<void>(server().rx_commit(0, stack.pair.now));
            const std::size_t n = server().tx_slices(slices);
            allocations += count.count();
            if (n == 0) return moved;
            moved = true;
            std::size_t total = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const ByteView slice{slices[i].data, slices[i].size};
                note(slice);
                stack.pair.deliver(stack.pair.client, slice);
                total += slice.size();
            }
            const AllocCount rest;
            server().tx_consumed(total);
            allocations += rest.count();
        }
    }
    /// Bulk is what no message of another kind in this session is as long as.
    void note(ByteView slice) {
        if (slice.size() <= 1024) return;
        ++bulk_slices;
        const bool filled = std::any_of(file->filled.begin(), file->filled.end(), [&](ByteView f) {
            return inside(f, slice) && slice.size() - f.size() <= kAround;
        });
        if (!filled) ++foreign_slices;
    }
    void run() {
        while (client_to_server() || server_to_client()) {
        }
    }
    void read(std::size_t offset, int requests) {
        for (int i = 0; i < requests; ++i) {
            const std::size_t at = offset + static_cast<std::size_t>(i) * kPacket;
            stack.sftp->read(
                handle, at, kPacket, Reply<sftp::RemoteData>::from([this, at](auto&& answer) {
                    if (!answer) return;
                    std::size_t from = at;
                    for (const Payload& piece : answer->pieces) {
                        good = good && std::memcmp(piece.bytes.data(), file->content.data() + from,
                                                   piece.bytes.size()) == 0;
                        from += piece.bytes.size();
                    }
                    bytes_read += answer->size;
                }));
        }
        run();
        file->filled.clear();
    }
    void write(std::size_t offset, int requests) {
        for (int i = 0; i < requests; ++i) {
            const std::size_t at = offset + static_cast<std::size_t>(i) * kPacket;
            stack.sftp->write(handle, at, ByteView(file->content).subspan(at, kPacket),
                              Reply<void>());
        }
        run();
    }
    Session& server() { return *stack.pair.server.session; }

    ReceivedAt received;
    std::shared_ptr<AddressFile> file = std::make_shared<AddressFile>(received);
    SftpStack stack{std::make_shared<OneFileFilesystem>(file)};
    sftp::RemoteHandle handle;
    Bytes from_client;
    std::size_t allocations = 0;  ///< inside the server's session
    std::size_t bulk_slices = 0;
    std::size_t foreign_slices = 0;  ///< of these, such as the file did not fill
    std::size_t bytes_read = 0;
    bool good = true;
};

std::string any_cipher() {
    return GENERATE(as<std::string>{}, "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
                    "aes128-ctr");
}

}  // namespace

TEST_CASE("what a READ fills is what the socket gets", "[session][zero-copy]") {
    Watched w(any_cipher());
    for (std::size_t at = 0; at < kFileSize; at += 16 * kPacket) w.read(at, 16);
    CHECK(w.bytes_read == kFileSize);
    CHECK(w.good);
    CHECK(w.bulk_slices == kFileSize / kPacket);
    CHECK(w.foreign_slices == 0);
}

TEST_CASE("what the socket got is what a WRITE is given", "[session][zero-copy]") {
    Watched w(any_cipher());
    const std::size_t before = w.received.slabs();
    for (std::size_t at = 0; at < kFileSize; at += 16 * kPacket) w.write(at, 16);
    CHECK(w.file->written == kFileSize);
    CHECK(w.file->good);
    // A packet that the end of a slab cuts is moved to the next slab, and nothing else ever is.
    const std::size_t slabs = w.received.slabs() - before;
    CHECK(slabs <= 2 * kFileSize / SlabPool::kSlabSize);
    CHECK(w.file->moved < slabs * kPacket);
}

TEST_CASE("nothing at all is moved when no packet is cut by the end of a slab",
          "[session][zero-copy]") {
    Watched w(any_cipher());
    for (std::size_t at = 0; at < kFileSize; at += 8 * kPacket) w.write(at, 8);
    CHECK(w.file->written == kFileSize);
    CHECK(w.file->good);
    CHECK(w.file->moved == 0);
}

TEST_CASE("READs and WRITEs cost the server no allocation", "[session][alloc]") {
    Watched w(any_cipher());
    // Each slot for a request grows its lists when it is first the head of gathered WRITEs.
    for (int i = 0; i < 8; ++i) {
        w.read(0, 16);
        w.write(0, 16);
    }
    w.allocations = 0;
    for (std::size_t at = 0; at < kFileSize; at += 16 * kPacket) {
        w.read(at, 16);
        w.write(at, 16);
    }
    CHECK(w.good);
    CHECK(w.file->good);
    CHECK(w.allocations == 0);
}
