#include "sftp/codec.hpp"

#include "sftp/attrs_v4.hpp"
#include "sftp/codec_requests.hpp"
#include "sftp/status_in_version.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre::sftp {

DataHeader data_header(std::uint32_t id, std::uint32_t length, std::size_t behind) noexcept {
    DataHeader header;
    store_be32(header.data(), static_cast<std::uint32_t>(kDataHeader - 4 + behind) + length);
    header[4] = static_cast<std::uint8_t>(PacketType::data);
    store_be32(header.data() + 5, id);
    store_be32(header.data() + 9, length);
    return header;
}

MessageBuilder::MessageBuilder(Bytes& out, PacketType type) : out_(out), begin_(out.size()) {
    out_.resize(begin_ + 4);
    out_.push_back(static_cast<std::uint8_t>(type));
}

MessageBuilder::MessageBuilder(Bytes& out, PacketType type, std::uint32_t id)
    : MessageBuilder(out, type) {
    out_.resize(begin_ + 4 + 1 + 4);
    store_be32(out_.data() + begin_ + 5, id);
}

void MessageBuilder::finish() noexcept {
    store_be32(out_.data() + begin_, static_cast<std::uint32_t>(out_.size() - begin_ - 4));
}

std::uint32_t negotiate_version(std::uint32_t client_version, std::uint32_t highest) noexcept {
    return std::clamp(client_version, std::uint32_t{3}, std::min(highest, kMaxVersion));
}

namespace {

/// All versions; what differs stands in Features and in ATTRS.
class VersionedCodec final : public Codec {
  public:
    explicit VersionedCodec(const Dialect& dialect)
        : dialect_(dialect), has_(features_of(dialect.version)) {}

    std::uint32_t version() const noexcept override { return dialect_.version; }
    Result<Request> decode(const Message& message) const override {
        return decode_request(message, dialect_);
    }
    void version_reply(Bytes& out, std::span<const Extension> extensions) const override;
    void status(Bytes& out, std::uint32_t id, Status status, const char* text) const override;
    void handle(Bytes& out, std::uint32_t id, ByteView handle) const override;
    void attrs(Bytes& out, std::uint32_t id, const Attrs& attrs) const override;
    void path_name(Bytes& out, std::uint32_t id, std::string_view path,
                   const Attrs& attrs) const override;
    std::size_t names(Bytes& out, std::uint32_t id, std::span<const DirEntry> entries,
                      const NamesFormat& format) const override;
    bool has_end_of_file() const noexcept override { return has_.ends_are_told; }
    bool has_end_of_list() const noexcept override { return has_.ends_are_told; }

  private:
    Dialect dialect_;
    const Features& has_;
};

void VersionedCodec::version_reply(Bytes& out, std::span<const Extension> extensions) const {
    MessageBuilder message(out, PacketType::version);
    Writer writer(out);
    writer.u32(version());
    for (const auto& extension : extensions) writer.string(extension.name).string(extension.data);
    message.finish();
}

void VersionedCodec::status(Bytes& out, std::uint32_t id, Status status, const char* text) const {
    MessageBuilder message(out, PacketType::status, id);
    Writer writer(out);
    writer.u32(static_cast<std::uint32_t>(status_in(status, version())));
    // The language stays empty, as from OpenSSH.
    if (dialect_.client_version >= 3)
        writer.string(std::string_view(text)).string(std::string_view());
    message.finish();
}

void VersionedCodec::handle(Bytes& out, std::uint32_t id, ByteView handle) const {
    MessageBuilder message(out, PacketType::handle, id);
    Writer(out).string(handle);
    message.finish();
}

void VersionedCodec::attrs(Bytes& out, std::uint32_t id, const Attrs& attrs) const {
    MessageBuilder message(out, PacketType::attrs, id);
    write_attrs(out, attrs, dialect_);
    message.finish();
}

void VersionedCodec::path_name(Bytes& out, std::uint32_t id, std::string_view path,
                               const Attrs& attrs) const {
    MessageBuilder message(out, PacketType::name, id);
    Writer writer(out);
    writer.u32(1).string(path);
    if (has_.longnames) writer.string(path);
    write_attrs(out, attrs, dialect_);
    message.finish();
}

std::size_t VersionedCodec::names(Bytes& out, std::uint32_t id, std::span<const DirEntry> entries,
                                  const NamesFormat& format) const {
    MessageBuilder message(out, PacketType::name, id);
    const std::size_t count_at = out.size();
    Writer writer(out);
    writer.u32(0);
    // Room for what tells the end.
    const std::size_t most = format.max_bytes - (has_.ends_are_told ? 1 : 0);
    std::size_t count = 0;
    for (const auto& entry : entries) {
        if (count == format.max_entries) break;
        const std::size_t entry_at = out.size();
        writer.string(entry.name);
        if (has_.longnames) {
            const std::size_t longname_at = out.size();
            writer.u32(0);
            append_longname(out, entry, format.now, format.dates);
            store_be32(out.data() + longname_at,
                       static_cast<std::uint32_t>(out.size() - longname_at - 4));
        }
        write_attrs(out, entry.attrs, dialect_);
        if (message.size() > most && count != 0) {
            out.resize(entry_at);
            break;
        }
        ++count;
    }
    store_be32(out.data() + count_at, static_cast<std::uint32_t>(count));
    if (has_.ends_are_told && format.all_read && count == entries.size()) writer.boolean(true);
    message.finish();
    return count;
}

}  // namespace

std::unique_ptr<Codec> make_codec(const Dialect& dialect) {
    return std::make_unique<VersionedCodec>(dialect);
}

}  // namespace nacre::sftp
