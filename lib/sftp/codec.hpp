/// \file
/// What differs between protocol versions: how requests are read and replies are written. The
/// engine knows no version.
#pragma once
#include "sftp/dialect.hpp"
#include "sftp/framing.hpp"
#include "sftp/longname.hpp"
#include "sftp/requests.hpp"

#include <nacre/wire/reader.hpp>

#include <ctime>
#include <memory>
#include <span>

namespace nacre::sftp {

/// SSH_FXP_*, all versions (draft-ietf-secsh-filexfer-13 s4.3).
enum class PacketType : std::uint8_t {
    init = 1,
    version = 2,
    open = 3,
    close = 4,
    read = 5,
    write = 6,
    lstat = 7,
    fstat = 8,
    setstat = 9,
    fsetstat = 10,
    opendir = 11,
    readdir = 12,
    remove = 13,
    mkdir = 14,
    rmdir = 15,
    realpath = 16,
    stat = 17,
    rename = 18,
    readlink = 19,
    symlink = 20,
    link = 21,
    block = 22,
    unblock = 23,
    status = 101,
    handle = 102,
    data = 103,
    name = 104,
    attrs = 105,
    extended = 200,
    extended_reply = 201,
};

/// An extension as VERSION announces it.
struct Extension {
    std::string name;
    std::string data;
};

/// Length, type, id and data length, the same in all versions.
constexpr std::size_t kDataHeader = 4 + 1 + 4 + 4;
using DataHeader = std::array<std::uint8_t, kDataHeader>;

/// The header of a DATA of `length` bytes, with `behind` more bytes behind them.
DataHeader data_header(std::uint32_t id, std::uint32_t length, std::size_t behind = 0) noexcept;

/// Appends a message to `out`, which may hold others: begins at construction, and finish() fills in
/// its length.
class MessageBuilder {
  public:
    MessageBuilder(Bytes& out, PacketType type);
    MessageBuilder(Bytes& out, PacketType type, std::uint32_t id);
    Bytes& bytes() noexcept { return out_; }
    std::size_t size() const noexcept { return out_.size() - begin_; }
    void finish() noexcept;

  private:
    Bytes& out_;
    std::size_t begin_;
};

/// Largest NAME with more than one name: what every client must take (draft-02 s3).
constexpr std::size_t kNameReply = 34'000;

/// How a NAME is filled.
struct NamesFormat {
    std::size_t max_entries = static_cast<std::size_t>(-1);
    std::size_t max_bytes = kNameReply;  ///< of a message with more than one name
    std::time_t now = 0;                 ///< seconds since 1970
    LongnameDates dates = LongnameDates::unix_style;
    bool all_read = false;  ///< nothing comes behind `entries`
};

/// One per session and version.
class Codec {
  public:
    virtual ~Codec() = default;
    virtual std::uint32_t version() const noexcept = 0;

    /// The request in `message`; its views are borrowed from there. Trailing bytes are ignored.
    /// Errors are made by failure(): bad_message for fields that make no sense, op_unsupported for
    /// types and extensions unknown in this version.
    virtual Result<Request> decode(const Message& message) const = 0;

    /// VERSION, the answer to INIT.
    virtual void version_reply(Bytes& out, std::span<const Extension> extensions) const = 0;
    virtual void status(Bytes& out, std::uint32_t id, Status status, const char* text) const = 0;
    virtual void handle(Bytes& out, std::uint32_t id, ByteView handle) const = 0;
    virtual void attrs(Bytes& out, std::uint32_t id, const Attrs& attrs) const = 0;
    /// NAME with one name that is a path; `attrs` are empty but for what REALPATH looked up.
    virtual void path_name(Bytes& out, std::uint32_t id, std::string_view path,
                           const Attrs& attrs) const = 0;
    /// NAME with the first of `entries`: as many as `format` allows, at least one; with end-of-list
    /// if they are all there will be. Returns how many.
    virtual std::size_t names(Bytes& out, std::uint32_t id, std::span<const DirEntry> entries,
                              const NamesFormat& format) const = 0;
    /// Whether a byte behind the data of DATA tells that the file ends there.
    virtual bool has_end_of_file() const noexcept = 0;
    /// Whether NAME tells that the list ends there (NamesFormat::all_read).
    virtual bool has_end_of_list() const noexcept = 0;
};

/// The version for a client that sent INIT with `client_version`, of which at most `highest`
/// (3 to 6). Clients older than 3 get version 3, as from OpenSSH.
std::uint32_t negotiate_version(std::uint32_t client_version, std::uint32_t highest) noexcept;

/// Dialect::version: kMinVersion to kMaxVersion.
std::unique_ptr<Codec> make_codec(const Dialect& dialect);

}  // namespace nacre::sftp
