/// \file
/// Requests of SFTP version 3 as a client writes them, and a look at the replies. Written apart
/// from the library's own encoder, from draft-ietf-secsh-filexfer-02.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nacre::test {

inline Bytes sftp_message(std::uint8_t type, std::uint32_t id, const Bytes& fields) {
    Bytes out;
    Writer(out).u32(static_cast<std::uint32_t>(5 + fields.size())).u8(type).u32(id).bytes(fields);
    return out;
}

/// Fields in the order they are appended: text is a string, std::uint32_t and std::uint64_t are
/// themselves, Bytes are put as they are.
class SftpFields {
  public:
    SftpFields& operator<<(std::string_view text) {
        Writer(bytes_).string(text);
        return *this;
    }
    SftpFields& operator<<(const char* text) { return *this << std::string_view(text); }
    SftpFields& operator<<(const std::string& text) { return *this << std::string_view(text); }
    SftpFields& operator<<(std::uint32_t v) {
        Writer(bytes_).u32(v);
        return *this;
    }
    SftpFields& operator<<(std::uint64_t v) {
        Writer(bytes_).u64(v);
        return *this;
    }
    SftpFields& operator<<(const Bytes& raw) {
        append(bytes_, raw);
        return *this;
    }
    operator const Bytes&() const { return bytes_; }

  private:
    Bytes bytes_;
};

/// ATTRS without anything.
inline const Bytes kNoAttrs{0, 0, 0, 0};

inline Bytes sftp_init(std::uint32_t version = 3) {
    return sftp_message(1, version, {});
}
inline Bytes sftp_open(std::uint32_t id, std::string_view path, std::uint32_t pflags) {
    return sftp_message(3, id, SftpFields() << path << pflags << kNoAttrs);
}
inline Bytes sftp_close(std::uint32_t id, std::string_view handle) {
    return sftp_message(4, id, SftpFields() << handle);
}
inline Bytes sftp_read(std::uint32_t id, std::string_view handle, std::uint64_t offset,
                       std::uint32_t length) {
    return sftp_message(5, id, SftpFields() << handle << offset << length);
}
inline Bytes sftp_write(std::uint32_t id, std::string_view handle, std::uint64_t offset,
                        std::string_view data) {
    return sftp_message(6, id, SftpFields() << handle << offset << data);
}
/// Requests whose only field is a path or a handle.
inline Bytes sftp_simple(std::uint8_t type, std::uint32_t id, std::string_view field) {
    return sftp_message(type, id, SftpFields() << field);
}
inline Bytes sftp_extended(std::uint32_t id, std::string_view name, const Bytes& fields) {
    return sftp_message(200, id, SftpFields() << name << fields);
}

/// One reply, taken apart as far as all have the same form.
struct SftpReply {
    std::uint8_t type = 0;
    std::uint32_t id = 0;
    Bytes fields;  ///< behind the id

    std::uint32_t status() const { return Reader(fields).u32(); }
    std::string text() const {
        Reader r(fields);
        r.u32();
        return std::string(r.text());
    }
    /// Of HANDLE and DATA.
    std::string string() const { return std::string(Reader(fields).text()); }
    /// The names of a NAME.
    std::vector<std::string> names() const {
        Reader r(fields);
        std::vector<std::string> out;
        const auto count = r.u32();
        for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
            out.emplace_back(r.text());
            r.text();
            const auto flags = r.u32();
            if ((flags & 1) != 0) r.u64();
            if ((flags & 2) != 0) r.u64();
            if ((flags & 4) != 0) r.u32();
            if ((flags & 8) != 0) r.u64();
        }
        return out;
    }
};

/// All complete messages in `stream`, which keeps the rest.
inline std::vector<SftpReply> take_replies(Bytes& stream) {
    std::vector<SftpReply> replies;
    std::size_t at = 0;
    while (stream.size() - at >= 9) {
        const std::size_t length = load_be32(stream.data() + at);
        if (stream.size() - at - 4 < length || length < 5) break;
        const ByteView body = ByteView(stream).subspan(at + 4, length);
        replies.push_back({body[0], load_be32(body.data() + 1), to_bytes(body.subspan(5))});
        at += 4 + length;
    }
    stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(at));
    return replies;
}

}  // namespace nacre::test
