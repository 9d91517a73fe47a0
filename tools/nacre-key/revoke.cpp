#include "commands.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "krl.hpp"
#include "times.hpp"

#include <nacre/crypto/botan.hpp>

#include <limits>

namespace nacre::tools {

namespace {

constexpr OptionRow kUpdate{"update", "", "add to the list that is in OUT"};
constexpr OptionRow kCa{"ca", "FILE",
                        "whose certificates --serial and --key-id mean (public key; "
                        "default: every authority's)"};
constexpr OptionRow kSerial{"serial", "N[-M]", "certificates with these numbers; may be repeated"};
constexpr OptionRow kKeyId{"key-id", "TEXT", "certificates with this id; may be repeated"};
constexpr OptionRow kSha256{"sha256", "", "keep digests of the keys, not the keys"};
constexpr OptionRow kVersion{"list-version", "N", "of the list (default: one more than before)"};
constexpr OptionRow kComment{"comment", "TEXT", "of the list"};

Outcome<Bytes> sha256_of(ByteView blob) {
    const auto hash = botan_provider().hash("SHA-256");
    if (!hash) return Refusal{hash.error().what};
    Bytes digest(32);
    (*hash)->update(blob);
    (*hash)->finish(digest);
    return digest;
}

Status revoke_key(const PublicKeyText& key, bool digests, RevokedKeys& revoked) {
    if (is_certificate_type(key.type)) {
        const auto certificate = parse_certificate(key.blob);
        if (!certificate) return Refusal{certificate.error().what};
        auto& what = revoked.certificates[certificate->authority];
        // Zero is no number: then the id tells the certificate.
        if (certificate->serial != 0) {
            what.serials.add(certificate->serial, certificate->serial);
        } else if (!certificate->key_id.empty()) {
            what.key_ids.insert(certificate->key_id);
        } else {
            return Refusal{"the certificate has neither a serial number nor an id"};
        }
        return kDone;
    }
    if (!digests) {
        revoked.keys.insert(key.blob);
        return kDone;
    }
    auto digest = sha256_of(key.blob);
    if (!digest) return digest.why();
    revoked.sha256.insert(*std::move(digest));
    return kDone;
}

Status revoke_file(const std::string& path, bool digests, RevokedKeys& revoked) {
    const auto file = read_file(path, kMaxRevokedKeysFile);
    if (!file) return file.why();
    const auto keys = every_public_key(path, *file);
    if (!keys) return keys.why();
    for (const PublicKeyText& key : *keys)
        if (auto done = revoke_key(key, digests, revoked); !done)
            return refusal(path, done.why().text);
    return kDone;
}

Status revoke_named(const Arguments& arguments, RevokedKeys& revoked) {
    const auto serials = arguments.values(kSerial.name);
    const auto ids = arguments.values(kKeyId.name);
    if (serials.empty() && ids.empty()) {
        if (arguments.has(kCa.name)) return wrong_usage("--ca wants --serial or --key-id");
        return kDone;
    }
    Bytes authority;
    if (const auto path = arguments.value(kCa.name)) {
        const auto file = read_file(*path, kMaxKeyFile);
        if (!file) return file.why();
        const auto key = only_public_key(*path, *file);
        if (!key) return key.why();
        authority = key->blob;
    }
    RevokedCertificates& what = revoked.certificates[authority];
    for (const std::string& text : serials) {
        const auto range = parse_serials(text);
        if (!range) return wrong_usage("--serial wants N or N-M, from 1");
        what.serials.add(range->first, range->second);
    }
    for (const std::string& id : ids) {
        if (id.empty()) return wrong_usage("--key-id is empty");
        what.key_ids.insert(id);
    }
    return kDone;
}

Status run(const Arguments& arguments) {
    const std::string& out = arguments.words().front();
    const bool update = arguments.has(kUpdate.name);
    if (out == "-" && update) return wrong_usage("--update wants a file");
    RevokedKeys revoked;
    if (update) {
        const auto file = read_file(out, kMaxRevokedKeysFile);
        if (!file) return file.why();
        if (!is_krl(*file)) return refusal(out, std::string("no binary list of revoked keys"));
        auto before = parse_revoked_keys(*file);
        if (!before) return refusal(out, before.error());
        revoked = *std::move(before);
    } else if (auto free = may_write(out, existing(arguments)); !free && out != "-") {
        return free.why();
    }
    if (update && revoked.version == std::numeric_limits<std::uint64_t>::max() &&
        !arguments.has(kVersion.name))
        return refusal(out, std::string("has the last version: --list-version wants another"));
    const auto version =
        arguments.number(kVersion.name, 0, std::numeric_limits<std::uint64_t>::max());
    if (!version) return version.why();
    revoked.version = version->value_or(revoked.version + 1);
    revoked.generated = time_now();
    if (const auto comment = arguments.value(kComment.name)) revoked.comment = *comment;
    for (std::size_t i = 1; i < arguments.words().size(); ++i)
        if (auto done = revoke_file(arguments.words()[i], arguments.has(kSha256.name), revoked);
            !done)
            return done;
    if (auto done = revoke_named(arguments, revoked); !done) return done;
    if (update) return replace_public(out, write_revoked_keys(revoked));
    return write_public(out, write_revoked_keys(revoked), existing(arguments));
}

}  // namespace

Command revoke_command() {
    return {"revoke",
            "OUT [FILE...]",
            "Makes or updates a list of revoked keys (KRL) from keys, certificates and numbers.",
            {kUpdate, kCa, kSerial, kKeyId, kSha256, kVersion, kComment, kForce},
            1,
            kMaxWords,
            run};
}

}  // namespace nacre::tools
