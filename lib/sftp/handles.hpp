/// \file
/// The handles of one session: names that the client can only have from us, for what it opened.
#pragma once
#include "sftp/requests.hpp"

#include <nacre/base/random.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace nacre::sftp {

/// What a handle stands for. Stays where it is until Handles::release.
struct OpenHandle {
    std::shared_ptr<File> file;            ///< or
    std::shared_ptr<Directory> directory;  ///< one of the two
    OpenFlags flags;
    std::optional<FileIdentity> identity;
    std::string path;               ///< as the client gave it
    std::vector<DirEntry> entries;  ///< read, not yet sent: from next_entry on
    std::size_t next_entry = 0;
    bool all_read = false;            ///< nothing comes behind `entries`
    std::uint64_t text_position = 0;  ///< in text mode, where the next READ or WRITE is
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;
    std::uint32_t reads = 0;   ///< READs started and not finished
    std::uint32_t writes = 0;  ///< WRITEs started and not finished
    std::uint32_t slot = 0;    ///< for Handles

    HandleKind kind() const noexcept { return file ? HandleKind::file : HandleKind::directory; }
};

/// A wire handle is slot (4 bytes), serial (4) and a random tag (8), all compared: one of another
/// session, of another kind, closed, shortened or guessed finds nothing.
class Handles {
  public:
    static constexpr std::size_t kWireSize = 16;
    using Wire = std::array<std::uint8_t, kWireSize>;

    Handles(std::size_t limit, Rng& random) : limit_(limit), random_(random) {}

    std::size_t used() const noexcept { return used_; }
    bool full() const noexcept { return used_ == limit_; }
    /// A new entry and its wire form. Precondition: !full().
    OpenHandle& add(Wire& wire);
    /// The entry of that kind, or nullptr.
    OpenHandle* find(std::string_view wire, HandleKind kind) noexcept;
    void release(OpenHandle& handle) noexcept;
    /// Calls f(OpenHandle&) for all that are open.
    template <class F>
    void for_each(F&& f) {
        for (auto& slot : slots_)
            if (slot->open) f(slot->handle);
    }

  private:
    /// Asking the system for random bytes costs as much as reading a small file: so many tags at a
    /// time.
    static constexpr std::size_t kTagsAtOnce = 16;
    static constexpr std::size_t kTagSize = 8;
    using Tags = std::array<std::uint8_t, kTagsAtOnce * kTagSize>;

    struct Slot {
        OpenHandle handle;
        Wire wire{};
        bool open = false;
    };
    std::size_t limit_;
    Rng& random_;
    std::size_t used_ = 0;
    std::uint32_t serial_ = 0;
    Tags tags_{};  ///< the last `tags_left_` of them are unused
    std::size_t tags_left_ = 0;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<std::uint32_t> free_;
};

}  // namespace nacre::sftp
