#include "authorized_key_file.hpp"

namespace nacre::sftpd {

AuthorizedKeyFile::AuthorizedKeyFile(std::string path, StrictModes strict, OnTrouble on_trouble)
    : file_(std::move(path), std::move(strict)), on_trouble_(std::move(on_trouble)) {}

FileResult<std::shared_ptr<const AuthorizedKeys>> AuthorizedKeyFile::read() {
    auto text = file_.read();
    if (!text) return text.refusal();
    const std::lock_guard lock(mutex_);
    if (*text == text_) return keys_;
    auto parsed = parse_authorized_keys(**text);
    if (!parsed) return FileRefusal{parsed.error(), file_.path(), 0};
    for (const auto& skipped : parsed->skipped) on_trouble_(file_.path() + ": " + skipped.reason);
    keys_ = std::make_shared<const AuthorizedKeys>(std::move(*parsed));
    text_ = *std::move(text);
    return keys_;
}

KeyGrant AuthorizedKeyFile::match(ByteView blob, const LoginOrigin& origin) {
    const auto keys = read();
    if (!keys) {
        on_trouble_(keys.refusal().text());
        return {};
    }
    const KeyMatch match = (*keys)->match(blob, origin);
    KeyGrant grant;
    grant.granted = match.key != nullptr;
    if (match.refusal != nullptr) grant.refusal = match.refusal;
    if (match.key != nullptr && match.key->options.restrictions != LoginRestrictions{})
        grant.restrictions =
            std::make_shared<const LoginRestrictions>(match.key->options.restrictions);
    return grant;
}

std::vector<UserAuthority> AuthorizedKeyFile::authorities() {
    const auto keys = read();
    std::vector<UserAuthority> all;
    if (!keys) {
        on_trouble_(keys.refusal().text());
        return all;
    }
    for (const AuthorizedKey& line : (*keys)->keys)
        if (line.options.cert_authority) all.push_back(user_authority(line));
    return all;
}

}  // namespace nacre::sftpd
