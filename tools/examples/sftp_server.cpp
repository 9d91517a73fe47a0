// Serves a folder by SFTP to the user "demo" with the password "secret":
//     sftp_server FOLDER KEY_FOLDER PORT
#include <nacre/crypto/botan.hpp>
#include <nacre/fs/key_files.hpp>
#include <nacre/fs/local_filesystem.hpp>
#include <nacre/server/sftp_service.hpp>

#include <cstdlib>

using namespace nacre;

struct Login final : AuthHandler {
    AuthMethods methods(std::string_view) override { return {AuthMethod::password}; }
    void password(const AuthRequest& who, ByteView given, Reply<AuthDecision> reply) override {
        const bool right = same_secret(given, as_bytes("secret")) && who.user == "demo";
        reply(right ? AuthDecision::success() : AuthDecision::failure());
    }
};

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    auto service = std::make_shared<server::SftpService>();
    service->filesystem = [root = argv[1]](const SessionInfo&, server::Loop& loop) {
        fs::LocalFilesystemConfig config;
        config.root = root;
        return fs::make_local_filesystem(config, loop.files());
    };
    auto keys = load_or_create_host_keys(argv[2], botan_provider(), system_rng());
    if (!keys) return 1;
    server::Config config;
    for (const PrivateKey& key : *keys)
        config.transport.host_keys.push_back(*botan_provider().signer(key));
    config.service = [service](const server::Peer&, server::Loop& loop) {
        return server::Service{
            std::make_unique<Login>(), server::make_sftp_handler(service, loop), {}};
    };
    auto server = server::make_server(std::move(config));
    if (!server || !(*server)->listen("127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[3]))))
        return 1;
    (*server)->run();
}
