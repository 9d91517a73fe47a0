/// \file
/// An account of nacre-sftpd, everything that may be asked about it, and the trace of its server.
#pragma once
#include "nacre-sftpd/login.hpp"
#include "support/auth_trace.hpp"
#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/public_key.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace nacre::sftpd::test {

using namespace nacre::test;

constexpr const char* kUser = "joe";
constexpr const char* kNobody = "eve";  // as long, so that a difference is one of the user
constexpr const char* kPassword = "right";

/// What stands where passwords are; `nothing`: no passwords are taken.
enum class Secret : std::uint8_t { hash, plain, nothing };

/// A server with the account of kUser.
struct Account {
    bool locked = false;  ///< the key has expired, and nobody knows the password
    Secret secret = Secret::hash;
    bool key_file = true;       ///< false: somebody has put it away
    bool certificates = false;  ///< are taken, too; of who is locked they are revoked
    bool ways_in = true;        ///< false: neither keys nor passwords
};

/// Files with a key that may log in, in one of them no more. Nobody has the key of `stranger`.
class KeyFiles {
  public:
    KeyFiles() {
        std::string name = (std::filesystem::temp_directory_path() / "nacre-users-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = std::filesystem::canonical(name).string();
        const auto line = public_key_line("ssh-ed25519", own->public_blob(), "own");
        std::ofstream(path(false)) << line;
        std::ofstream(path(true)) << "expiry-time=\"20200101Z\" " << line;
        std::ofstream(folder_ + "/authorities")
            << public_key_line("ssh-ed25519", authority->public_blob(), "authority");
        std::ofstream(revoked(false))
            << public_key_line("ssh-ed25519", key(4)->public_blob(), "other");
        std::ofstream(revoked(true)) << line;
    }
    KeyFiles(const KeyFiles&) = delete;
    KeyFiles& operator=(const KeyFiles&) = delete;
    ~KeyFiles() { std::filesystem::remove_all(folder_); }

    /// What it says of its file goes to `trace`.
    std::shared_ptr<AuthorizedKeyFile> open(const Account& account, Trace& trace) const {
        const auto file = account.key_file ? path(account.locked) : folder_ + "/none";
        return std::make_shared<AuthorizedKeyFile>(
            file, StrictModes{::geteuid(), folder_},
            [&trace](const std::string& what) { trace.push_back("keys: " + what); });
    }

    std::shared_ptr<CertificateFiles> certificates(const Account& account, const Provider& provider,
                                                   Trace& trace) const {
        const CertificateFiles::Names names{folder_ + "/authorities", {}, revoked(account.locked)};
        return std::make_shared<CertificateFiles>(
            names, StrictModes{::geteuid(), folder_}, CertificatePolicy{}, provider,
            [&trace](const std::string& what) { trace.push_back("certificates: " + what); });
    }

    /// The key in a certificate for `principal`.
    std::shared_ptr<Signer> certified(const std::shared_ptr<Signer>& key, const char* principal,
                                      std::uint64_t valid_before) const {
        Certificate fields;
        fields.key = to_bytes(key->public_blob());
        fields.principals = {principal};
        fields.valid_before = valid_before;
        DetRng rng(3);
        std::shared_ptr<Signer> made;
        sign_certificate(std::move(fields), *authority, {}, rng,
                         Reply<Bytes>::from([&](Result<Bytes>&& blob) {
                             REQUIRE(blob);
                             made = *make_certificate_signer(key, *blob);
                         }));
        return made;
    }

    const std::shared_ptr<Signer> own = key(1), stranger = key(2), authority = key(3);

  private:
    static std::shared_ptr<Signer> key(std::uint64_t seed) {
        DetRng rng(seed);
        return *botan_provider().signer(*botan_provider().generate("ssh-ed25519", 0, rng));
    }
    std::string path(bool expired) const { return folder_ + (expired ? "/expired" : "/keys"); }
    std::string revoked(bool own_key) const {
        return folder_ + (own_key ? "/revoked-own" : "/revoked");
    }

    std::string folder_;
};

inline std::shared_ptr<const LoginRules> rules(const Account& account, const KeyFiles& files,
                                               const Provider& provider, Trace& trace) {
    auto made = std::make_shared<LoginRules>();
    made->user = kUser;
    if (!account.ways_in) return made;
    made->keys = files.open(account, trace);
    if (account.certificates) made->certificates = files.certificates(account, provider, trace);
    const std::string password = account.locked ? "nobody knows" : kPassword;
    if (account.secret == Secret::hash) made->password_hash = password;
    if (account.secret == Secret::plain) made->plain_password.emplace(as_bytes(password));
    made->check_hash = [&trace](std::string_view given, std::string_view hash) -> Result<bool> {
        trace.push_back("hash");
        return given == hash;
    };
    return made;
}

struct Ask {
    Bytes request;
    std::vector<std::string_view> answers{"guess"};  ///< to questions
};

/// What `user` may ask for with a wrong password, and with `key`, by its name.
inline std::map<std::string, std::vector<Ask>> all_requests(std::string_view user, Signer& key) {
    KeyRequest plain, bound;
    plain.user = bound.user = user;
    plain.blob = bound.blob = to_bytes(key.public_blob());
    plain.algorithm = bound.algorithm = key.algorithms().front();
    bound.method = kHostbound;
    bound.host_key = to_bytes(as_bytes("the host key"));
    // What signs must be the real key here.
    const auto with_signature = [&](const KeyRequest& request) {
        Bytes body = request.query(), data, blob;
        Reader r(body);
        r.string(), r.string(), r.string();
        const std::size_t flag = body.size() - r.rest().size();
        body.at(flag) = 1;
        Writer(data).string(as_bytes("the session's identifier")).u8(50).bytes(body);
        key.sign(data, key.algorithms().front(),
                 Reply<Signature>::from([&](Result<Signature>&& made) {
                     if (made) blob = std::move(made->blob);
                 }));
        Writer(body).string(blob);
        return body;
    };
    Bytes rubbish = plain.query();
    rubbish.pop_back();
    std::map<std::string, std::vector<Ask>> requests{
        {"none", {{auth_request("none", user)}}},
        {"none, later", {{auth_request("none", user)}, {auth_request("none", user)}}},
        {"password", {{password_request("guess", user)}}},
        {"password, empty", {{password_request("", user)}}},
        {"password, too long", {{password_request(std::string(25'000, 'p'), user)}}},
        {"password, change", {{change_request("guess", "new", user)}}},
        {"keyboard-interactive", {{interactive_request("", user)}}},
        {"keyboard-interactive, no answer", {{interactive_request("", user), {}}}},
        {"keyboard-interactive, two answers", {{interactive_request("", user), {"a", "b"}}}},
        {"publickey, query", {{plain.query()}}},
        {"publickey, signature", {{with_signature(plain)}}},
        {"publickey, bound query", {{bound.query()}}},
        {"publickey, bound signature", {{with_signature(bound)}}},
        {"publickey, rubbish", {{rubbish}}},
        {"hostbased", {{hostbased_request(user)}}},
    };
    // Until the server has enough of it.
    std::vector<Ask> all;
    for (const char* name : {"none", "publickey, query", "publickey, signature", "password",
                             "keyboard-interactive", "hostbased", "publickey, bound signature"})
        all.insert(all.end(), requests[name].begin(), requests[name].end());
    requests["all"] = std::move(all);
    return requests;
}

/// A connection to the server of `account`, of somebody who asks for all that.
inline Trace run(const Account& account, const KeyFiles& files, const std::vector<Ask>& requests,
                 Duration job_time = std::chrono::milliseconds(10)) {
    TracedLogin login(botan_provider());
    login.executor.job_time = job_time;
    auto made = rules(account, files, login.port.provider(), login.trace);
    login.start(make_login(std::move(made), login.executor, "192.0.2.7", {}));
    for (const auto& one : requests)
        if (!login.ask(one.request, one.answers)) break;
    return login.trace;
}

}  // namespace nacre::sftpd::test
