#include "x509_files.hpp"

#include <algorithm>

namespace nacre::sftpd {

std::shared_ptr<const X509Trust> X509Files::read(std::string& trouble) {
    const auto anchors = read_authorized_keys_file(anchors_, strict_);
    if (!anchors) {
        trouble = anchors.refusal().text();
        return nullptr;
    }
    std::optional<std::string> crls;
    if (!crls_.empty()) {
        auto text = read_authorized_keys_file(crls_, strict_);
        if (!text) {
            trouble = text.refusal().text();
            return nullptr;
        }
        crls = std::move(*text);
    }
    const std::lock_guard lock(mutex_);
    if (trust_ != nullptr && *anchors == anchors_text_ && crls == crls_text_) return trust_;
    auto made = make_x509_trust(*anchors, crls);
    if (!made) {
        trouble = anchors_ + (crls_.empty() ? "" : " or " + crls_) + ": " + made.error().what;
        return nullptr;
    }
    anchors_text_ = *anchors;
    crls_text_ = std::move(crls);
    trust_ = *std::move(made);
    return trust_;
}

std::string X509Files::check() {
    std::string trouble;
    read(trouble);
    return trouble;
}

Result<X509Identity> X509Files::identify(const PublicKey& key,
                                         std::chrono::system_clock::time_point now,
                                         std::string& trouble) {
    const auto trust = read(trouble);
    if (trust == nullptr)
        return Error{Errc::local_failed, Disconnect::none, 0,
                     "a file of trust anchors or CRLs is unusable"};
    return trust->check(key, {X509Purpose::client, {}, now});
}

bool X509Files::is_user(const X509Identity& identity) const {
    return std::any_of(users_.begin(), users_.end(),
                       [&](const X509User& user) { return identity.has(user.field, user.value); });
}

}  // namespace nacre::sftpd
