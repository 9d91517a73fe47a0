#include "krl.hpp"

#include "../numbers.hpp"
#include "../terminal.hpp"
#include "times.hpp"

#include <nacre/keys/public_key.hpp>

namespace nacre::tools {

namespace {

constexpr std::string_view kMagic{"SSHKRL\n\0", 8};

std::string range_text(std::uint64_t first, std::uint64_t last) {
    return std::to_string(first) + (first == last ? "" : "-" + std::to_string(last));
}

}  // namespace

bool is_krl(ByteView file) noexcept {
    return as_text(file).starts_with(kMagic);
}

Json krl_facts(const RevokedKeys& revoked) {
    Json facts{{"kind", "krl"}, {"version", revoked.version}, {"generated", revoked.generated}};
    facts["comment"] = revoked.comment;
    for (const char* name : {"keys", "sha256", "sha1", "certificates"}) facts[name] = Json::array();
    for (const Bytes& key : revoked.keys)
        facts["keys"].push_back(
            key_facts({std::string(public_blob_type(key).value_or("?")), key, {}}));
    for (const Bytes& digest : revoked.sha256) facts["sha256"].push_back(hex(digest));
    for (const Bytes& digest : revoked.sha1) facts["sha1"].push_back(hex(digest));
    for (const auto& [authority, what] : revoked.certificates) {
        Json entry;
        if (authority.empty()) {
            entry["authority"] = nullptr;
        } else {
            entry["authority"] = fingerprint_sha256(authority);
        }
        entry["serials"] = Json::array();
        for (const auto& [first, last] : what.serials.ranges())
            entry["serials"].push_back(range_text(first, last));
        entry["key_ids"] = what.key_ids;
        facts["certificates"].push_back(std::move(entry));
    }
    return facts;
}

std::string krl_text(const RevokedKeys& revoked, const Arguments& arguments) {
    const std::string indent(8, ' ');
    std::string text = indent + "List of revoked keys, version " + std::to_string(revoked.version) +
                       ", generated " + time_text(revoked.generated) + "\n";
    if (!revoked.comment.empty()) text += indent + "Comment: " + safe_line(revoked.comment) + "\n";
    for (const Bytes& key : revoked.keys)
        text += indent + "key: " + fingerprints_text(key, arguments) + "\n";
    for (const Bytes& digest : revoked.sha256) text += indent + "sha256: " + hex(digest) + "\n";
    for (const Bytes& digest : revoked.sha1) text += indent + "sha1: " + hex(digest) + "\n";
    for (const auto& [authority, what] : revoked.certificates) {
        text += indent + "certificates of " +
                (authority.empty() ? "every authority" : fingerprints_text(authority, arguments)) +
                "\n";
        for (const auto& [first, last] : what.serials.ranges())
            text += indent + indent + "serial: " + range_text(first, last) + "\n";
        for (const std::string& id : what.key_ids)
            text += indent + indent + "id: " + safe_line(id) + "\n";
    }
    return text;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_serials(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_number<std::uint64_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_number<std::uint64_t>(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *first > *last) return std::nullopt;
    return std::pair(*first, *last);
}

}  // namespace nacre::tools
