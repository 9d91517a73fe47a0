#include "sftp/client_version.hpp"

#include <nacre/wire/reader.hpp>

#include <algorithm>
#include <charconv>

namespace nacre::sftp {
namespace {

/// Longest newline; more would be no line end.
constexpr std::size_t kMaxNewline = 2;
/// A server that promises less in one READ promises nothing.
constexpr std::uint32_t kMinRead = 4096;

std::optional<Vendor> vendor_in(std::string_view data) {
    Reader r(as_bytes(data));
    Vendor vendor;
    vendor.vendor = r.text();
    vendor.product = r.text();
    vendor.version = r.text();
    vendor.build = r.u64();
    if (!r.ok()) return std::nullopt;
    return vendor;
}

/// 0 for what is no plain number, such as the versions of others ("3@example.com").
std::uint32_t number_in(std::string_view text) noexcept {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

void take(RemoteServer& server, std::string_view name, std::string_view data) {
    if (name == "newline") {
        if (!data.empty() && data.size() <= kMaxNewline) server.newline = data;
    } else if (name == "filename-charset") {
        server.charset = data;
    } else if (name == "acl-supported") {
        if (data.size() == 4) server.acl_capabilities = Reader(as_bytes(data)).u32();
    } else if (name == "vendor-id") {
        server.vendor = vendor_in(data);
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

std::optional<std::string> better_version(const RemoteServer& server, std::uint32_t max_version) {
    const auto listed =
        std::find_if(server.extensions.begin(), server.extensions.end(),
                     [](const auto& announced) { return announced.first == "versions"; });
    if (listed == server.extensions.end()) return std::nullopt;
    std::string_view list = listed->second;
    // VShell before 4.0.3 has a length in front.
    if (Reader nested(as_bytes(list)); nested.u32() == list.size() - 4 && nested.ok())
        list.remove_prefix(4);
    std::uint32_t best = server.version;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const std::uint32_t number = number_in(list.substr(0, comma));
        if (number <= max_version) best = std::max(best, number);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    if (best == server.version) return std::nullopt;
    return std::to_string(best);
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
