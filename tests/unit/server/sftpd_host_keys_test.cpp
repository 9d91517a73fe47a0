#include "nacre-sftpd/host_keys.hpp"
#include "support/tests_dir.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

#include <stdlib.h>

#include <filesystem>

namespace nacre::sftpd {
namespace {

namespace fs = std::filesystem;

/// Copies of files of tests/keys that only their owner may read.
class Keys {
  public:
    Keys() {
        folder_ = (fs::temp_directory_path() / "nacre-host-keys-XXXXXX").string();
        REQUIRE(::mkdtemp(folder_.data()) != nullptr);
    }
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
    ~Keys() { fs::remove_all(folder_); }
    std::string copy(const std::string& name) const {
        const std::string to = folder_ + "/" + name;
        fs::copy_file(test::tests_dir() + "/keys/" + name, to);
        fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
        return to;
    }

  private:
    std::string folder_;
};

std::string take(const std::string& host_key, Setup& setup) {
    Options options;
    options.host_keys = {host_key};
    return take_host_keys(options, botan_provider(), setup);
}

TEST_CASE("host keys come from files of any format") {
    const Keys keys;
    const std::string name = GENERATE("openssh-ed25519", "pkcs8-ed25519", "ppk2-ed25519.ppk",
                                      "ppk3-ed25519.ppk", "ed25519.jwk");
    CAPTURE(name);
    Setup setup;
    CHECK(take(keys.copy(name), setup).empty());
    REQUIRE(setup.config.transport.host_keys.size() == 1);
    CHECK(setup.config.transport.host_keys[0]->type() == "ssh-ed25519");
}

TEST_CASE("what is wrong with the file of a host key is said") {
    const Keys keys;
    Setup setup;
    for (const char* name : {"ppk3-ed25519-argon2id.ppk", "ed25519-3des.p12"}) {
        const std::string text = take(keys.copy(name), setup);
        CAPTURE(text);
        CHECK(text.find("passphrase") != std::string::npos);
    }
    CHECK(take(keys.copy("openssh-ed25519.pub"), setup).ends_with(": no private key in the file"));
    CHECK(setup.config.transport.host_keys.empty());
}

TEST_CASE("a PIN is not said") {
    Setup setup;
    for (const char* uri : {"pkcs11:token=a?pin-value=4711", "pkcs11:token=a;pin-value=4711",
                            "pkcs11:token=a?module-path=/nonexistent.so&pin-source=/4711"}) {
        const std::string text = take(uri, setup);
        CAPTURE(text);
        CHECK(text.starts_with("pkcs11:token=a"));
        CHECK(text.find("4711") == std::string::npos);
    }
}

}  // namespace
}  // namespace nacre::sftpd
