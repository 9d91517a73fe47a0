#include "home_folder.hpp"
#include "support/tests_dir.hpp"

#include <nacre/fs/key_files.hpp>
#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

namespace nacre {
namespace {

using test::Folder;
using test::Home;
namespace fs = std::filesystem;

constexpr uid_t kSomebody = 1234;
constexpr uid_t kSomebodyElse = 1235;

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("a host key that only its owner may read is read", "[fs]") {
    const Folder folder;
    const auto mode = static_cast<mode_t>(GENERATE(0600, 0400));
    const auto bytes = read_host_key_file(folder.file("key", "secret", mode));
    REQUIRE(bytes);
    CHECK(as_text(*bytes) == "secret");
}

TEST_CASE("a host key that others may touch is refused", "[fs]") {
    const Folder folder;
    const auto mode = static_cast<mode_t>(GENERATE(0640, 0604, 0620, 0602, 0610, 0601, 0644));
    const std::string path = folder.file("key", "secret", mode);
    const auto bytes = read_host_key_file(path);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.refusal().path == path);
    CHECK(bytes.refusal().text() == path + ": a private key, and open to group or others");
}

TEST_CASE("host keys: what is no file, too large or not there is refused", "[fs]") {
    const Folder folder;
    CHECK_FALSE(read_host_key_file(folder.folder("folder")));
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(read_host_key_file(fifo).refusal().text() == fifo + ": not a regular file");
    CHECK(read_host_key_file(folder / "none").refusal().system_error == ENOENT);
    CHECK(read_host_key_file(folder.file("max", std::string(kMaxKeyFile, 'x'))));
    CHECK_FALSE(read_host_key_file(folder.file("large", std::string(kMaxKeyFile + 1, 'x'))));
}

TEST_CASE("a host key of another user is refused", "[fs]") {
    if (::geteuid() != 0) SKIP("only root gives files away");
    const Folder folder;
    const std::string path = folder.file("key", "secret");
    REQUIRE(::chown(path.c_str(), kSomebody, kSomebody) == 0);
    const auto bytes = read_host_key_file(path);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.refusal().text() == path + ": belongs to neither the user nor root");
}

TEST_CASE("StrictModes: sound authorized keys are read", "[fs]") {
    const Home home;
    const auto text = home.read();
    REQUIRE(text);
    CHECK(*text == "# nobody\n");
    // Others may read them.
    REQUIRE(::chmod(home.keys.c_str(), 0644) == 0);
    REQUIRE(::chmod(home.ssh.c_str(), 0755) == 0);
    CHECK(home.read());
}

TEST_CASE("StrictModes: what group or others may write is refused by name", "[fs]") {
    const Home home;
    const auto bit = static_cast<mode_t>(GENERATE(0020, 0002));
    const auto part = GENERATE(&Home::keys, &Home::ssh, &Home::home);
    const std::string path = home.*part;
    REQUIRE(::chmod(path.c_str(), 0700 | bit) == 0);
    const auto text = home.read();
    REQUIRE_FALSE(text);
    CHECK(text.refusal().text() == path + ": may be written by group or others");
}

TEST_CASE("StrictModes: the folders above home do not matter, unless the file is elsewhere",
          "[fs]") {
    Home home;
    REQUIRE(::chmod(home.root.path().c_str(), 0777) == 0);
    CHECK(home.read());
    const std::string wanted = home.root.path() + ": may be written by group or others";
    // A home folder that is not above the file, one of which the name is only a prefix, none at
    // all.
    for (const std::string& other : {home.root.folder("other"), home.home + "/.s", std::string()}) {
        home.strict.home = other;
        const auto text = home.read();
        REQUIRE_FALSE(text);
        const std::string reason = text.refusal().text();
        // The folder for temporary files may be writable itself.
        CHECK(reason.ends_with(": may be written by group or others"));
        CHECK(wanted.starts_with(text.refusal().path));
    }
}

TEST_CASE("StrictModes: links are followed before anything is checked", "[fs]") {
    const Home home;
    // The link is inside home, the file it leads to is where anybody may write.
    const std::string open_folder = home.root.folder("open", 0777);
    const std::string elsewhere = home.root.file("open/keys", "# stranger\n");
    REQUIRE(::unlink(home.keys.c_str()) == 0);
    REQUIRE(::symlink(elsewhere.c_str(), home.keys.c_str()) == 0);
    const auto text = home.read();
    REQUIRE_FALSE(text);
    CHECK(text.refusal().error.what == std::string("may be written by group or others"));

    // Through a linked home folder to a sound file: fine, as for sshd.
    const Home sound;
    const std::string link = sound.root / "link";
    REQUIRE(::symlink(sound.home.c_str(), link.c_str()) == 0);
    CHECK(read_authorized_keys_file(link + "/.ssh/authorized_keys", {::geteuid(), link}));
}

TEST_CASE("StrictModes: only files of the user and of root count", "[fs]") {
    if (::geteuid() != 0) SKIP("only root gives files away");
    Home home;
    home.strict.owner = kSomebody;
    CHECK(home.read());  // all root's
    for (const auto& path : {home.home, home.ssh, home.keys}) {
        REQUIRE(::chown(path.c_str(), kSomebody, kSomebody) == 0);
        CHECK(home.read());
        REQUIRE(::chown(path.c_str(), kSomebodyElse, kSomebody) == 0);
        const auto text = home.read();
        REQUIRE_FALSE(text);
        CHECK(text.refusal().text() == path + ": belongs to neither the user nor root");
        REQUIRE(::chown(path.c_str(), kSomebody, kSomebody) == 0);
    }
}

TEST_CASE("authorized keys: what is no file, too large or not there is refused", "[fs]") {
    const Home home;
    CHECK(read_authorized_keys_file(home.root / "none", home.strict).refusal().system_error ==
          ENOENT);
    REQUIRE(::unlink(home.keys.c_str()) == 0);
    REQUIRE(::mkfifo(home.keys.c_str(), 0600) == 0);
    CHECK(home.read().refusal().text() == home.keys + ": not a regular file");
    REQUIRE(::unlink(home.keys.c_str()) == 0);
    REQUIRE(::mkdir(home.keys.c_str(), 0700) == 0);
    CHECK_FALSE(home.read());
    REQUIRE(::rmdir(home.keys.c_str()) == 0);
    home.root.file("home/.ssh/authorized_keys", "");
    REQUIRE(::truncate(home.keys.c_str(), kMaxAuthorizedKeysFile + 1) == 0);
    CHECK(home.read().refusal().text() == home.keys + ": file too large");
}

TEST_CASE("a short file that was just written is read at once", "[fs]") {
    const std::string path = "/dev/shm/nacre-at-once-" + std::to_string(::getpid());
    const auto write = [&](std::size_t size) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(size, 'x');
    };
    write(64 * 1024);
    CHECK(reads_at_once(path));
    write(64 * 1024 + 1);
    CHECK_FALSE(reads_at_once(path));
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK_FALSE(reads_at_once(path));
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_FALSE(reads_at_once(path));
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK_FALSE(reads_at_once("/dev/null"));
    CHECK_FALSE(reads_at_once("/proc/self/status"));  // may wait for others
}

TEST_CASE("a private file is made as a whole, for its owner alone", "[fs]") {
    const Folder folder;
    const std::string path = folder / "key";
    const mode_t old_mask = ::umask(0);
    const auto made = write_private_file(path, as_bytes("one"), IfExists::keep);
    ::umask(old_mask);
    REQUIRE(made);
    CHECK(*made == Written::created);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(status.st_nlink == 1);

    const auto kept = write_private_file(path, as_bytes("two"), IfExists::keep);
    REQUIRE(kept);
    CHECK(*kept == Written::kept);
    CHECK(contents(path) == "one");
    const auto replaced = write_private_file(path, as_bytes("three"), IfExists::replace);
    REQUIRE(replaced);
    CHECK(contents(path) == "three");
    // No temporary file is left behind.
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a private file is not written through a link, nor without a folder", "[fs]") {
    const Folder folder;
    const std::string victim = folder.file("victim", "mine");
    const std::string link = folder / "link";
    REQUIRE(::symlink(victim.c_str(), link.c_str()) == 0);
    REQUIRE(write_private_file(link, as_bytes("x"), IfExists::keep));
    REQUIRE(write_private_file(link, as_bytes("x"), IfExists::replace));
    CHECK(contents(victim) == "mine");
    CHECK_FALSE(fs::is_symlink(link));
    CHECK_FALSE(write_private_file(folder / "none/key", as_bytes("x"), IfExists::keep));
    CHECK_FALSE(write_private_file(folder.path() + "/", as_bytes("x"), IfExists::keep));
}

// Hands out keys that ssh-keygen made; can do nothing else.
class KeyMaker final : public Provider {
  public:
    static constexpr Error kNo{Errc::unsupported, Disconnect::none, 0, "not here"};
    std::span<const AlgorithmInfo> algorithms(Algorithm) const noexcept override { return {}; }
    Result<CipherKeySizes> key_sizes(std::string_view, std::string_view) const noexcept override {
        return kNo;
    }
    Result<std::unique_ptr<PacketSealer>> sealer(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return kNo;
    }
    Result<std::unique_ptr<PacketOpener>> opener(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return kNo;
    }
    Result<std::unique_ptr<KexMethod>> kex(std::string_view,
                                           const KexContext&) const noexcept override {
        return kNo;
    }
    Result<std::unique_ptr<Hash>> hash(std::string_view) const noexcept override { return kNo; }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView) const noexcept override {
        return kNo;
    }
    Result<std::shared_ptr<Signer>> signer(const PrivateKey&) const noexcept override {
        return kNo;
    }
    Result<PrivateKey> generate(std::string_view type, std::uint32_t bits,
                                Rng&) const noexcept override {
        ++generated;
        if (on_generate) on_generate();
        const std::string name = type == "ssh-ed25519" && bits == 0           ? "openssh-ed25519"
                                 : type == "ecdsa-sha2-nistp256" && bits == 0 ? "openssh-ecdsa256"
                                 : type == "ssh-rsa" && bits == 3072          ? "openssh-rsa"
                                                                              : "";
        return read_private_key(as_bytes(contents(test::tests_dir() + "/keys/" + name)));
    }
    mutable int generated = 0;
    std::function<void()> on_generate;
};

TEST_CASE("host keys are generated once and then loaded", "[fs]") {
    const Folder root;
    const std::string folder = root / "state/nacre/keys";
    const KeyMaker maker;
    const auto made = load_or_create_host_keys(folder, maker, system_rng());
    REQUIRE(made);
    REQUIRE(made->size() == 3);
    CHECK((*made)[0].type == "ssh-ed25519");
    CHECK((*made)[1].type == "ecdsa-sha2-nistp256");
    CHECK((*made)[2].type == "ssh-rsa");
    CHECK(maker.generated == 3);
    for (const std::string name :
         {"ssh_host_ed25519_key", "ssh_host_ecdsa_key", "ssh_host_rsa_key"}) {
        struct stat status {};
        REQUIRE(::stat((folder + "/" + name).c_str(), &status) == 0);
        CHECK((status.st_mode & 07777) == 0600);
        CHECK(parse_public_key_line(contents(folder + "/" + name + ".pub")));
    }

    const auto loaded = load_or_create_host_keys(folder, maker, system_rng());
    REQUIRE(loaded);
    CHECK(maker.generated == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK((*loaded)[i].public_blob == (*made)[i].public_blob);
        CHECK(same_bytes((*loaded)[i].fields, (*made)[i].fields));
    }

    REQUIRE(::unlink((folder + "/ssh_host_rsa_key").c_str()) == 0);
    REQUIRE(load_or_create_host_keys(folder, maker, system_rng()));
    CHECK(maker.generated == 4);
}

TEST_CASE("of two processes that make host keys the second takes those of the first", "[fs]") {
    const Folder root;
    const std::string folder = root.folder("keys");
    KeyMaker maker;
    const std::string others = contents(test::tests_dir() + "/keys/pkcs8-ed25519");
    maker.on_generate = [&] {
        if (maker.generated == 1) root.file("keys/ssh_host_ed25519_key", others);
    };
    const auto keys = load_or_create_host_keys(folder, maker, system_rng());
    REQUIRE(keys);
    const auto expected = read_private_key(as_bytes(others));
    REQUIRE(expected);
    CHECK((*keys)[0].public_blob == expected->public_blob);
}

TEST_CASE("unsound host keys are refused, never replaced", "[fs]") {
    const Folder root;
    const KeyMaker maker;
    const auto refusal = [&] {
        auto keys = load_or_create_host_keys(root.path(), maker, system_rng());
        REQUIRE_FALSE(keys);
        return keys.refusal();
    };
    const std::string path = root.file("ssh_host_ed25519_key", "damaged");
    CHECK(refusal().text() == path + ": not a private key file");
    CHECK(contents(path) == "damaged");
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    CHECK(refusal().path == path);
    const std::string keys = test::tests_dir() + "/keys/";
    root.file("ssh_host_ed25519_key", contents(keys + "openssh-ed25519-aes256-ctr"));
    CHECK(fault_of(refusal().error) == KeyFault::needs_passphrase);
    root.file("ssh_host_ed25519_key", contents(keys + "openssh-rsa"));
    CHECK(refusal().text() == path + ": not a key of the type in its name");
    CHECK(maker.generated == 0);

    REQUIRE(::chmod(root.path().c_str(), 0777) == 0);
    CHECK(refusal().text() == root.path() + ": may be written by group or others");
}

}  // namespace
}  // namespace nacre
