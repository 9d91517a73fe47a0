#include "nacre-sftpd/options.hpp"

#include <catch2/catch_all.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace nacre::sftpd {
namespace {

using Read = std::variant<Options, EarlyExit>;

Read read(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "nacre-sftpd");
    return read_options(static_cast<int>(arguments.size()), arguments.data());
}

/// Precondition of the test: the arguments are right.
Options options(const std::vector<const char*>& arguments) {
    const auto result = read(arguments);
    if (const auto* early = std::get_if<EarlyExit>(&result)) FAIL(early->text);
    return *std::get_if<Options>(&result);
}

/// A file that is gone afterwards.
class ConfigFile {
  public:
    explicit ConfigFile(const std::string& text)
        : path_((std::filesystem::temp_directory_path() /
                 ("nacre-options-" + std::to_string(::getpid()) + ".toml"))
                    .string()) {
        std::ofstream(path_) << text;
    }
    ConfigFile(const ConfigFile&) = delete;
    ConfigFile& operator=(const ConfigFile&) = delete;
    ~ConfigFile() { std::filesystem::remove(path_); }
    const char* path() const { return path_.c_str(); }

  private:
    const std::string path_;
};

TEST_CASE("no arguments give the defaults") {
    const auto o = options({});
    CHECK(o.listen.empty());
    CHECK(o.threads == 1);
    CHECK(o.strict_kex == StrictKex::on);
    CHECK_FALSE(o.read_only);
    CHECK_FALSE(o.allow_exec);
}

TEST_CASE("options are taken over") {
    const auto o = options({"--listen",
                            "127.0.0.1:0",
                            "--listen",
                            "[::]:2022",
                            "--root=/srv",
                            "--host-key",
                            "a",
                            "--host-key",
                            "b",
                            "--rekey-bytes",
                            "2M",
                            "--strict-kex",
                            "require",
                            "--read-only",
                            "--threads",
                            "4",
                            "--require",
                            "publickey,keyboard-interactive",
                            "--password-file",
                            "plain:f",
                            "--log-level",
                            "debug",
                            "--kex",
                            "-curve*"});
    REQUIRE(o.listen.size() == 2);
    CHECK(o.listen[0].address == "127.0.0.1");
    CHECK(o.listen[0].port == 0);
    CHECK(o.listen[1].address == "::");
    CHECK(o.listen[1].port == 2022);
    CHECK(o.root == "/srv");
    CHECK(o.host_keys == std::vector<std::string>{"a", "b"});
    CHECK(o.rekey_bytes == 2 * 1024 * 1024);
    CHECK(o.strict_kex == StrictKex::require);
    CHECK(o.read_only);
    CHECK(o.threads == 4);
    CHECK(o.require ==
          std::vector<AuthMethod>{AuthMethod::publickey, AuthMethod::keyboard_interactive});
    CHECK(o.password_file == "plain:f");
    CHECK(o.log_level == LogLevel::debug);
    CHECK(o.kex == "-curve*");
}

TEST_CASE("limits have OpenSSH's names, forms and defaults") {
    const auto startups = [](const char* text) {
        const auto s = options({"--max-startups", text}).max_startups;
        return std::vector<std::uint32_t>{s.begin, s.rate, s.full};
    };
    const auto plain = options({}).max_startups;
    CHECK(std::vector<std::uint32_t>{plain.begin, plain.rate, plain.full} ==
          std::vector<std::uint32_t>{10, 30, 100});
    CHECK(startups("20:50:60") == std::vector<std::uint32_t>{20, 50, 60});
    CHECK(startups("7") == std::vector<std::uint32_t>{7, 100, 7});
    CHECK(startups("off") == std::vector<std::uint32_t>{0xffff'ffff, 100, 0xffff'ffff});

    const auto penalties =
        options({"--per-source-penalties", "authfail:1m,min:1s overflow:deny-all",
                 "--per-source-penalty-exempt", "192.0.2.0/24"})
            .penalties;
    CHECK(penalties.enabled);
    CHECK(penalties.auth_fail.count() == 60);
    CHECK(penalties.min.count() == 1);
    CHECK(penalties.no_auth.count() == 1);
    CHECK(penalties.overflow_denies_all);
    REQUIRE(penalties.exempt.size() == 1);
    CHECK(penalties.exempt[0].contains(*IpAddress::parse("192.0.2.9")));
    CHECK(options({}).penalties.enabled);
    CHECK(options({}).penalties.exempt.size() == 2);
    CHECK_FALSE(options({"--per-source-penalties", "off"}).penalties.enabled);
    CHECK(options({"--per-source-penalty-exempt", "none"}).penalties.exempt.empty());

    CHECK(options({}).source_bits_v6 == 64);
    CHECK(options({"--per-source-net-block-size", "24:48"}).source_bits_v4 == 24);
    CHECK(options({"--per-source-net-block-size", "24:48"}).source_bits_v6 == 48);
    CHECK(options({"--per-source-net-block-size", "16"}).source_bits_v6 == 64);
    CHECK(options({"--allow-address", "192.0.2.0/24,::1", "--allow-address", "localhost"})
              .allow_addresses == std::vector<std::string>{"192.0.2.0/24", "::1", "localhost"});
    CHECK(options({"--max-memory", "64M"}).max_memory == 64 * 1024 * 1024);
    CHECK(options({}).max_connection_memory == 128 * 1024 * 1024);
    CHECK(options({"--max-connection-memory", "16M"}).max_connection_memory == 16 * 1024 * 1024);
    CHECK(options({"--max-connection-memory", "0"}).max_connection_memory == 0);
    CHECK(options({}).max_kex_size == 256 * 1024);
    CHECK(options({"--max-kex-size", "64K"}).max_kex_size == 64 * 1024);
    CHECK(options({"--max-kex-size", "0"}).max_kex_size == 0);
    CHECK(options({}).drain_time.count() == 30);
    CHECK(options({"--drain-time", "0"}).drain_time.count() == 0);
    CHECK(options({"--idle-timeout", "10m"}).idle_timeout.count() == 600);
    CHECK(options({"--client-alive-interval", "30"}).client_alive_interval.count() == 30);

    CHECK(options({}).login_grace_time.count() == 120);
    CHECK(options({"--login-grace-time", "0"}).login_grace_time.count() == 0);
    CHECK(options({"--login-grace-time", "90s"}).login_grace_time.count() == 90);
    CHECK(options({"--login-grace-time", "2m"}).login_grace_time.count() == 120);
    CHECK(options({"--login-grace-time", "24h"}).login_grace_time.count() == 86'400);

    CHECK(options({}).rekey_timeout.count() == 0);
    CHECK(options({"--kex-timeout", "0"}).kex_timeout.count() == 0);
    CHECK(options({"--rekey-timeout", "5m"}).rekey_timeout.count() == 300);

    CHECK(options({}).max_auth_tries == 6);
    CHECK(options({"--max-auth-tries", "3"}).max_auth_tries == 3);
    CHECK(options({}).max_sessions == 10);
    CHECK(options({"--max-sessions", "1"}).max_sessions == 1);
}

TEST_CASE("settings of SFTP are taken over") {
    const auto defaults = options({});
    CHECK(defaults.sftp_version == 6);
    CHECK(defaults.newline == "\n");
    CHECK(defaults.allow_modes == 0777);
    CHECK(defaults.atomic_upload == AtomicUploads::off);
    CHECK(defaults.quota == 0);
    CHECK(defaults.mounts.empty());

    const auto o = options({"--sftp-version",
                            "4",
                            "--newline=crlf",
                            "--listing-entries",
                            "7",
                            "--iso-dates",
                            "--omit-extension",
                            "check-file",
                            "--omit-extension=copy-data",
                            "--home",
                            "/anna",
                            "--umask",
                            "027",
                            "--allow-modes",
                            "1777",
                            "--numeric-ids",
                            "--allow-other-homes",
                            "--charset",
                            "KOI8-R",
                            "--atomic-upload=sync",
                            "--keep-partial",
                            "--confine=/anna",
                            "--quota",
                            "3G",
                            "--temp-folder=/tmp",
                            "--mount",
                            "/archive=/srv/a=b",
                            "--mount=/x/y=z"});
    CHECK(o.sftp_version == 4);
    CHECK(o.newline == "\r\n");
    CHECK(o.listing_entries == 7);
    CHECK(o.iso_dates);
    CHECK(o.omit_extensions == std::vector<std::string>{"check-file", "copy-data"});
    CHECK(o.home == "/anna");
    CHECK(o.umask == 027);
    CHECK(o.allow_modes == 01777);
    CHECK(o.numeric_ids);
    CHECK(o.allow_other_homes);
    CHECK(o.charset == "KOI8-R");
    CHECK(o.atomic_upload == AtomicUploads::sync);
    CHECK(o.keep_partial);
    CHECK(o.confine == "/anna");
    CHECK(o.quota == std::uint64_t{3} << 30);
    CHECK(o.temp_folder == "/tmp");
    REQUIRE(o.mounts.size() == 2);
    CHECK(o.mounts[0].path == "/archive");
    CHECK(o.mounts[0].folder == "/srv/a=b");
    CHECK(o.mounts[1].path == "/x/y");
    CHECK(o.mounts[1].folder == "z");
}

TEST_CASE("settings of SFTP stand in a file under the same names") {
    const ConfigFile file(
        "sftp-version = 5\nnewline = \"cr\"\numask = \"022\"\natomic-upload = \"on\"\n"
        "quota = \"10M\"\nmount = [\"/a=/b\", \"/c=/d\"]\nomit-extension = "
        "\"statvfs@openssh.com\"\n");
    const auto o = options({"--config", file.path()});
    CHECK(o.sftp_version == 5);
    CHECK(o.newline == "\r");
    CHECK(o.umask == 022);
    CHECK(o.atomic_upload == AtomicUploads::on);
    CHECK(o.quota == 10 * 1024 * 1024);
    REQUIRE(o.mounts.size() == 2);
    CHECK(o.mounts[1].folder == "/d");
    CHECK(o.omit_extensions == std::vector<std::string>{"statvfs@openssh.com"});
}

TEST_CASE("wrong options are one line and status 2") {
    using Arguments = std::vector<const char*>;
    const auto arguments = GENERATE(
        Arguments{"--unknown"}, Arguments{"stray"}, Arguments{"--root"}, Arguments{"--root", ""},
        Arguments{"--listen", "2022"}, Arguments{"--listen", "localhost:2022"},
        Arguments{"--listen", "127.0.0.1:65536"}, Arguments{"--listen", "127.0.0.1:-1"},
        Arguments{"--listen", "127.0.0.1:"}, Arguments{"--listen", "::1:2022"},
        Arguments{"--listen", "[127.0.0.1]:22"}, Arguments{"--threads", "0"},
        Arguments{"--threads", "257"}, Arguments{"--threads", "1x"},
        Arguments{"--rekey-bytes", "17179869184G"}, Arguments{"--rekey-bytes", "1"},
        Arguments{"--rekey-bytes", "K"}, Arguments{"--strict-kex", "maybe"},
        Arguments{"--max-startups", "0"}, Arguments{"--max-startups", "10:30"},
        Arguments{"--max-startups", "10:101:100"}, Arguments{"--max-startups", "11:30:10"},
        Arguments{"--max-startups", "10:30:100:"}, Arguments{"--login-grace-time", "25h"},
        Arguments{"--login-grace-time", "m"}, Arguments{"--login-grace-time", "-1"},
        Arguments{"--max-auth-tries", "0"}, Arguments{"--max-sessions", "10001"},
        Arguments{"--per-source-penalties", "authfail"},
        Arguments{"--per-source-penalties", "sloth:5s"}, Arguments{"--per-source-penalties", ""},
        Arguments{"--per-source-penalties", "overflow:maybe"},
        Arguments{"--per-source-penalty-exempt", "localhost"},
        Arguments{"--per-source-net-block-size", "33"},
        Arguments{"--per-source-net-block-size", "32:129"},
        Arguments{"--allow-address", "192.0.2.1/24"}, Arguments{"--deny-address", "300.1.1.1"},
        Arguments{"--max-memory", "1"}, Arguments{"--idle-timeout", "2d"},
        Arguments{"--log-level", "loud"}, Arguments{"--require", "publickey,"},
        Arguments{"--require", "publickey,publickey"}, Arguments{"--require", "password"},
        Arguments{"--version-comment", "a\nb"}, Arguments{"--inetd", "--listen", "127.0.0.1:1"},
        Arguments{"--sftp-version", "2"}, Arguments{"--sftp-version", "7"},
        Arguments{"--newline", "\\n"}, Arguments{"--listing-entries", "10001"},
        Arguments{"--omit-extension", "a b"}, Arguments{"--umask", "8"},
        Arguments{"--allow-modes", "10000"}, Arguments{"--atomic-upload", "maybe"},
        Arguments{"--keep-partial"}, Arguments{"--confine", "a"}, Arguments{"--quota", "1T"},
        Arguments{"--temp-folder", "tmp"}, Arguments{"--mount", "/a"}, Arguments{"--mount", "a=/b"},
        Arguments{"--mount", "/a="}, Arguments{"--mount", "/=/b"}, Arguments{"--mount", "//=/b"},
        Arguments{"--root", "a", "--root", "b"}, Arguments{"--config", "/nonexistent/file"});
    CAPTURE(arguments);
    const auto result = read(arguments);
    const auto* early = std::get_if<EarlyExit>(&result);
    REQUIRE(early != nullptr);
    CAPTURE(early->text);
    CHECK(early->status == 2);
    CHECK(early->text.substr(0, 13) == "nacre-sftpd: ");
    CHECK(std::count(early->text.begin(), early->text.end(), '\n') == 1);
    CHECK(early->text.back() == '\n');
}

TEST_CASE("help and version are no mistakes") {
    const auto help = read({"--help"});
    REQUIRE(std::get_if<EarlyExit>(&help) != nullptr);
    CHECK(std::get_if<EarlyExit>(&help)->status == 0);
    for (const auto& info : option_table())
        CHECK(std::get_if<EarlyExit>(&help)->text.find(info.name) != std::string::npos);
    const auto version = read({"--version"});
    REQUIRE(std::get_if<EarlyExit>(&version) != nullptr);
    CHECK(std::get_if<EarlyExit>(&version)->status == 0);
    CHECK(std::get_if<EarlyExit>(&version)->text.substr(0, 12) == "nacre-sftpd ");
}

TEST_CASE("the command line replaces what a file says") {
    const ConfigFile file(
        "listen = [\"127.0.0.1:1\", \"[::1]:2\"]\nthreads = 3\nread-only = true\nroot = \"/a\"\n");
    const auto from_file = options({"--config", file.path()});
    CHECK(from_file.listen.size() == 2);
    CHECK(from_file.threads == 3);
    CHECK(from_file.read_only);
    CHECK(from_file.root == "/a");
    const auto both = options({"--root", "/b", "--config", file.path(), "--listen", "127.0.0.1:9"});
    CHECK(both.root == "/b");
    REQUIRE(both.listen.size() == 1);
    CHECK(both.listen[0].port == 9);
    CHECK(both.threads == 3);
}

TEST_CASE("a wrong file is refused") {
    const auto* const text =
        GENERATE("threads = ", "unknown = 1\n", "threads = 0\n", "threads = [1, 2]\n",
                 "read-only = 1\n", "config = \"other\"\n", "[table]\nthreads = 1\n",
                 "root = 1979-05-27\n", "listen = [[\"127.0.0.1:1\"]]\n");
    CAPTURE(text);
    const ConfigFile file(text);
    const auto result = read({"--config", file.path()});
    const auto* early = std::get_if<EarlyExit>(&result);
    REQUIRE(early != nullptr);
    CHECK(early->status == 2);
    CHECK(early->text.find(file.path()) != std::string::npos);
    CHECK(std::count(early->text.begin(), early->text.end(), '\n') == 1);
}

}  // namespace
}  // namespace nacre::sftpd
