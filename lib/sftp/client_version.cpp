#include "sftp/client_version.hpp"

#include "sftp/announce.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

/// A server that promises less in one READ promises nothing.
constexpr std::uint32_t kMinRead = 4096;

void take_supported(RemoteServer& server, const Result<Supported>& said) {
    if (!said) return;
    server.support = RemoteSupport{said->attrs,       said->attrib_bits,       said->open_flags,
                                   said->access_mask, said->open_block_vector, said->block_vector,
                                   said->extensions};
    if (said->max_read >= kMinRead) server.max_read = std::min(said->max_read, Client::kMaxLength);
}

/// Each is taken for itself: of what cannot be read, nothing was said.
void take(RemoteServer& server, std::string_view name, std::string_view data) {
    const ByteView bytes = as_bytes(data);
    if (name == "newline") {
        if (auto newline = read_newline(bytes)) server.newline = std::move(*newline);
    } else if (name == "filename-charset") {
        server.charset = data;
    } else if (name == "acl-supported") {
        if (const auto capabilities = read_acl_supported(bytes))
            server.acl_capabilities = *capabilities;
    } else if (name == "vendor-id") {
        if (auto id = read_vendor_id(bytes)) server.vendor = std::move(*id);
    } else if (name == "supported" && !server.support) {
        take_supported(server, read_supported(bytes));
    } else if (name == "supported2") {
        take_supported(server, read_supported2(bytes));
    }
}

}  // namespace

Result<RemoteServer> server_of(VersionReply&& version, std::uint32_t max_version) {
    if (version.version < kMinVersion)
        return Error{Errc::peer_incompatible, Disconnect::none, version.version,
                     "SFTP server has no version 3 or above"};
    RemoteServer server;
    // Some answer with the highest that they know, whatever they were asked for.
    server.version = std::min(version.version, max_version);
    for (const auto& [name, data] : version.extensions) take(server, name, data);
    server.extensions = std::move(version.extensions);
    return server;
}

std::optional<std::uint32_t> better_version(const RemoteServer& server, std::uint32_t max_version) {
    const auto listed =
        std::find_if(server.extensions.begin(), server.extensions.end(),
                     [](const auto& announced) { return announced.first == "versions"; });
    if (listed == server.extensions.end()) return std::nullopt;
    const auto versions = read_versions(as_bytes(listed->second));
    if (!versions) return std::nullopt;
    std::uint32_t best = server.version;
    for (const auto version : *versions)
        if (version <= max_version) best = std::max(best, version);
    if (best == server.version) return std::nullopt;
    return best;
}

bool RemoteServer::has(std::string_view extension) const noexcept {
    return std::any_of(extensions.begin(), extensions.end(),
                       [&](const auto& announced) { return announced.first == extension; }) ||
           (support && std::find(support->extensions.begin(), support->extensions.end(),
                                 extension) != support->extensions.end());
}

bool RemoteServer::has(std::string_view extension, std::string_view data) const noexcept {
    return std::any_of(extensions.begin(), extensions.end(),
                       [&](const auto& announced) {
                           return announced.first == extension && announced.second == data;
                       }) ||
           (support && std::find(support->extensions.begin(), support->extensions.end(),
                                 extension) != support->extensions.end());
}

}  // namespace nacre::sftp
