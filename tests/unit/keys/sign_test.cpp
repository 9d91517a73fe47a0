// Keys read from files sign, and keys made here are read by ssh-keygen.
#include "key_fixture.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/private_key.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace nacre {
namespace {

using test::key_file;

// Signs with `key` and verifies with its public half, by each algorithm.
void check_signs(const PrivateKey& key) {
    const auto signer = botan_provider().signer(key);
    REQUIRE(signer.has_value());
    const auto verifier = botan_provider().public_key(key.public_blob);
    REQUIRE(verifier.has_value());
    CHECK(same_bytes((*signer)->public_blob(), key.public_blob));
    for (const std::string_view algorithm : (*signer)->algorithms()) {
        int answers = 0;
        (*signer)->sign(as_bytes("data"), algorithm,
                        Reply<Signature>::from([&](Result<Signature>&& signature) {
                            ++answers;
                            REQUIRE(signature.has_value());
                            const ByteView blob = signature->blob;
                            CHECK((*verifier)->verify(algorithm, as_bytes("data"), blob));
                            CHECK_FALSE((*verifier)->verify(algorithm, as_bytes("Data"), blob));
                        }));
        CHECK(answers == 1);
    }
}

TEST_CASE("keys of other programs sign", "[keys]") {
    const std::string name =
        GENERATE("openssh-ed25519", "openssh-ecdsa256", "openssh-ecdsa384", "openssh-ecdsa521",
                 "openssh-rsa", "pem-rsa", "pem-ecdsa256", "pkcs8-ed25519");
    CAPTURE(name);
    const auto key = read_private_key(as_bytes(key_file(name)));
    REQUIRE(key.has_value());
    check_signs(*key);
}

// What ssh-keygen prints of a private key file, or nothing when there is no ssh-keygen.
std::string ssh_keygen_y(ByteView file, const std::string& passphrase) {
    if (std::system("command -v ssh-keygen > /dev/null") != 0) return {};
    std::string path = (std::filesystem::temp_directory_path() / "nacre-key-XXXXXX").string();
    const int fd = ::mkstemp(path.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size()));
    ::close(fd);
    const std::string command = "ssh-keygen -y -P '" + passphrase + "' -f " + path;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
        output.push_back(static_cast<char>(c));
    CHECK(::pclose(pipe) == 0);
    ::unlink(path.c_str());
    return output;
}

TEST_CASE("generated keys are written, read back, sign, and please ssh-keygen", "[keys]") {
    const std::string type = GENERATE("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                      "ecdsa-sha2-nistp521", "ssh-rsa");
    CAPTURE(type);
    auto key = botan_provider().generate(type, type == "ssh-rsa" ? 2048 : 0, system_rng());
    REQUIRE(key.has_value());
    key->comment = "made here";
    const SecretBytes passphrase = test::secret("open sesame");
    for (const SecretBytes* lock : {static_cast<const SecretBytes*>(nullptr), &passphrase}) {
        const auto file = write_openssh_private_key(*key, lock, system_rng());
        REQUIRE(file.has_value());
        const auto again = read_private_key(*file, passphrase);
        REQUIRE(again.has_value());
        CHECK(again->public_blob == key->public_blob);
        CHECK(same_bytes(again->fields, key->fields));
        check_signs(*again);
        const std::string line = ssh_keygen_y(*file, lock == nullptr ? "" : "open sesame");
        if (line.empty()) SKIP("no ssh-keygen");
        const std::string expected = public_key_line(key->type, key->public_blob, "made here");
        CHECK(line == expected);
    }
}

}  // namespace
}  // namespace nacre
