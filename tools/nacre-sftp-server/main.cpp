// SFTP on standard input and output.
#include "options.hpp"

#include <nacre/base/executor.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/file_hash.hpp>
#include <nacre/fs/local_filesystem.hpp>
#include <nacre/fs/stdio_channel.hpp>
#include <nacre/sftp/server.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using namespace nacre;

constexpr int kCannotServe = 2;

/// One line for each event, control bytes escaped.
class Log final : public sftp::ServerObserver {
  public:
    void on_version(std::uint32_t client, std::uint32_t negotiated) override {
        std::fprintf(stderr, "client version %u, serving version %u\n", client, negotiated);
    }
    void on_close_file(std::string_view path, std::uint64_t read, std::uint64_t written,
                       sftp::HandleEnd why) override {
        std::fprintf(stderr, "close \"%s\" bytes read %llu written %llu%s\n", escaped(path).c_str(),
                     static_cast<unsigned long long>(read),
                     static_cast<unsigned long long>(written),
                     why == sftp::HandleEnd::closed ? "" : " at the end");
    }
    void on_lost(std::string_view path, const Error& error) override {
        std::fprintf(stderr, "lost what was written to \"%s\": %s\n", escaped(path).c_str(),
                     error.what);
    }
    void on_end(const Error& error) override {
        std::fprintf(stderr, "end: %s (%s)\n", error.what, name_of(error.code));
    }

  private:
    static std::string escaped(std::string_view text) {
        std::string out;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\') {
                out += c;
                continue;
            }
            char code[5];
            std::snprintf(code, sizeof code, "\\x%02x", byte);
            out += code;
        }
        return out;
    }
};

}  // namespace

int main(int argc, char** argv) {
    const auto given = tools::read_options(argc, argv);
    if (const auto* status = std::get_if<int>(&given)) return *status;
    const auto& options = *std::get_if<tools::ServerOptions>(&given);

    fs::LocalFilesystemConfig local;
    local.root = options.root;
    local.home = options.home;
    local.read_only = options.read_only;
    // The client has the rights of the user we run as, and may use them as in a shell.
    local.mode_mask = 07777;
    local.allow_devices = true;
    auto filesystem = fs::make_local_filesystem(std::move(local), inline_executor());
    if (!filesystem) {
        std::fprintf(stderr, "nacre-sftp-server: %s: %s (%s)\n", options.root.c_str(),
                     filesystem.error().what,
                     std::strerror(static_cast<int>(filesystem.error().detail)));
        return kCannotServe;
    }

    std::signal(SIGPIPE, SIG_IGN);
    if (options.umask) ::umask(*options.umask);
    sftp::ServerConfig config;
    config.read_only = options.read_only;
    config.max_version = options.sftp_version;
    config.make_hash = [](std::string_view name) { return make_file_hash(botan_provider(), name); };
    const auto server = sftp::make_server(std::move(*filesystem), config,
                                          options.log ? std::make_shared<Log>() : nullptr);
    fs::StdioChannel channel(STDIN_FILENO, STDOUT_FILENO);
    return channel.run(*server);
}
