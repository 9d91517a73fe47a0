/// \file
/// What a user of nacre-sftpd may choose, checked as far as that needs no file and no cryptography.
#pragma once
#include <nacre/auth/method.hpp>
#include <nacre/server/limits.hpp>
#include <nacre/transport/config.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nacre::sftpd {

enum class LogLevel : std::uint8_t { debug, info, warning, error, off };

/// ADDR:PORT; the address is numeric, IPv6 without its brackets.
struct ListenAddress {
    std::string address;
    std::uint16_t port = 0;
};

/// MaxStartups of sshd_config(5).
struct Startups {
    std::uint32_t begin = 10;
    std::uint32_t rate = 30;  ///< percent
    std::uint32_t full = 100;

    static Startups off() noexcept {
        constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
        return {kMost, 100, kMost};
    }
};

/// What becomes of uploads before their CLOSE.
enum class AtomicUploads : std::uint8_t {
    off,
    on,    ///< they have no name
    sync,  ///< and have one only when they are on disk
};

/// --mount PATH=DIR.
struct MountedFolder {
    std::string path;    ///< where clients see it; absolute
    std::string folder;  ///< on this machine
};

struct Options {
    std::vector<ListenAddress> listen;   ///< empty: 127.0.0.1:2022
    std::string port_file;               ///< this and the other texts: empty when not given
    std::string root;                    ///< empty: the current folder
    std::vector<std::string> host_keys;  ///< empty: those in the user's state folder
    std::string host_key_agent;          ///< socket, or SSH_AUTH_SOCK
    std::string authorized_keys;         ///< empty: the current user's, if there is one
    std::vector<std::string> host_certificates;
    std::string trusted_user_ca_keys, authorized_principals, revoked_keys;
    std::string ca_signature_algorithms;
    std::string x509_trust, x509_crl;
    std::vector<std::pair<std::string, std::string>> x509_users;  ///< field and value
    std::string user;                                             ///< empty: the current user
    std::string password_file;                                    ///< a hash; or `plain:FILE`
    std::vector<AuthMethod> require;  ///< all of these are needed; empty: any one will do
    std::string kex, ciphers, macs, host_key_algorithms, pubkey_algorithms, compression;
    std::string moduli;
    std::uint32_t required_rsa_size = 2048;  ///< bits
    bool touch_required = false;             ///< of security keys, whatever a line says
    bool verify_required = false;
    StrictKex strict_kex = StrictKex::on;
    std::uint64_t rekey_bytes = 0;  ///< 0: the cipher's own limit
    Startups max_startups;
    std::chrono::seconds login_grace_time{120};  ///< 0: no limit
    std::uint32_t max_auth_tries = 6;
    std::uint32_t max_sessions = 10;  ///< of one connection
    std::uint32_t max_connections = 10'000;
    std::uint32_t per_source_max_connections = 0;  ///< 0: no limit of its own; also the next
    std::uint32_t per_source_max_startups = 0;
    std::uint32_t source_bits_v4 = 32, source_bits_v6 = 64;
    server::Penalties penalties;
    std::vector<std::string> allow_addresses, deny_addresses;  ///< networks, addresses, host names
    std::chrono::seconds client_alive_interval{0};             ///< 0: none
    std::uint32_t client_alive_count_max = 3;
    std::chrono::seconds idle_timeout{0};                     ///< 0: none
    std::uint64_t max_memory = 0;                             ///< bytes; 0: no limit
    std::uint64_t max_connection_memory = 128 * 1024 * 1024;  ///< bytes; 0: no limit
    std::uint64_t max_queued = 256 * 1024;        ///< bytes that wait for a client to read
    std::uint64_t max_window = 64 * 1024 * 1024;  ///< bytes a connection may have under way to us
    std::uint32_t max_handles = 1024;             ///< open files and folders of an SFTP session
    std::uint64_t max_kex_size = 256 * 1024;      ///< bytes; 0: no limit
    std::chrono::seconds kex_timeout{120};        ///< 0: no limit; also the next
    std::chrono::seconds rekey_timeout{0};
    std::chrono::seconds drain_time{30};  ///< after SIGTERM, for what is under way
    bool read_only = false;
    bool allow_devices = false;
    bool allow_exec = false;
    bool permit_user_environment = false;
    bool inetd = false;
    bool hash_password = false;
    LogLevel log_level = LogLevel::info;
    std::uint32_t threads = 1;
    std::string pid_file;
    std::string version_comment;
    std::string software_version;

    // SFTP
    std::uint32_t sftp_version = 6;  ///< the highest
    std::string newline = "\n";
    std::uint32_t listing_entries = 0;  ///< in one reply; 0: as many as fit
    bool iso_dates = false;
    std::vector<std::string> omit_extensions;
    std::string home;                  ///< in the root; empty: the root
    std::string charset;               ///< of names on disk; empty: UTF-8
    std::uint32_t umask = 0;           ///< of new files and folders, beside the process's own
    std::uint32_t allow_modes = 0777;  ///< bits that users may set
    bool numeric_ids = false;
    bool allow_other_homes = false;
    AtomicUploads atomic_upload = AtomicUploads::off;
    bool keep_partial = false;  ///< atomic uploads that were not finished, by another name
    std::string confine;        ///< a folder in the root; empty: the root
    std::uint64_t quota = 0;    ///< in bytes; 0: none
    std::string temp_folder;    ///< in the root; empty: none is told
    std::vector<MountedFolder> mounts;
};

/// One option as given on the command line or in a configuration file; value "true" for a flag.
struct NamedValue {
    std::string name;  ///< without dashes
    std::string value;
};

/// An option as parsers and --help need it.
struct OptionInfo {
    const char* name;
    const char* value;  ///< what --help calls the value; nullptr: a flag
    bool repeatable;
    const char* help;
};

/// All options that stand for something in Options. --config, --help and --version do not.
std::span<const OptionInfo> option_table();

/// Text for standard output or standard error, and the status to exit with.
struct EarlyExit {
    int status = 2;
    std::string text;
};

/// Takes one option over; what is wrong with it, or nothing.
std::string set_option(Options& options, const NamedValue& option);

/// What is wrong with the combination of options, or nothing.
std::string check_options(const Options& options);

/// The whole of the command line and, with --config, of the file that it names; what stands on the
/// command line replaces what the file says. --help, --version and mistakes are an EarlyExit.
std::variant<Options, EarlyExit> read_options(int argc, const char* const* argv);

/// The options in a TOML file, or what is wrong with it.
std::variant<std::vector<NamedValue>, std::string> read_config_file(const std::string& path);

}  // namespace nacre::sftpd
