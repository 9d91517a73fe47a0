#include <nacre/server/sftp_service.hpp>

namespace nacre::server {

namespace {

/// "sftp", and whatever else the program serves.
class Programs final : public SessionPrograms {
  public:
    Programs(std::shared_ptr<const SftpService> service, const SessionInfo& info, Loop& loop)
        : service_(std::move(service)), info_(info), loop_(loop) {
        if (service_->programs) others_ = service_->programs(info_, loop_);
    }

    void subsystem(std::string_view name, const SessionEnvironment& env,
                   Reply<Program> reply) override {
        if (name == "sftp") return reply(sftp());
        if (others_ != nullptr) return others_->subsystem(name, env, std::move(reply));
        SessionPrograms::subsystem(name, env, std::move(reply));
    }
    void exec(std::string_view command, const SessionEnvironment& env,
              Reply<Program> reply) override {
        if (others_ != nullptr) return others_->exec(command, env, std::move(reply));
        SessionPrograms::exec(command, env, std::move(reply));
    }
    void shell(const SessionEnvironment& env, Reply<Program> reply) override {
        if (others_ != nullptr) return others_->shell(env, std::move(reply));
        SessionPrograms::shell(env, std::move(reply));
    }
    bool env(std::string_view name, std::string_view value) override {
        return others_ != nullptr && others_->env(name, value);
    }
    bool pty(const PtyRequest& request) override {
        return others_ != nullptr && others_->pty(request);
    }

  private:
    Result<Program> sftp() {
        NACRE_TRY(auto filesystem, service_->filesystem(info_, loop_));
        auto observer = service_->observer ? service_->observer(info_) : nullptr;
        sftp::ServerConfig config = service_->config;
        config.peer_identification = info_.peer_version;
        config.own_identification = info_.our_version;
        if (service_->configure) service_->configure(info_, config);
        return sftp::make_server(std::move(filesystem), std::move(config), std::move(observer));
    }

    std::shared_ptr<const SftpService> service_;
    const SessionInfo& info_;
    Loop& loop_;
    std::unique_ptr<SessionPrograms> others_;
};

class SftpHandler final : public ConnectionHandler {
  public:
    SftpHandler(std::shared_ptr<const SftpService> service, Loop& loop)
        : service_(std::move(service)), loop_(loop) {}

    void on_ready(ConnectionPort& port) override { port_ = &port; }
    void open_channel(const ChannelOpenRequest& request,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        if (request.channel_type != "session" || port_ == nullptr)
            return ConnectionHandler::open_channel(request, std::move(reply));
        reply(make_session_channel(std::make_unique<Programs>(service_, port_->info(), loop_)));
    }

  private:
    std::shared_ptr<const SftpService> service_;
    Loop& loop_;
    ConnectionPort* port_ = nullptr;
};

}  // namespace

std::unique_ptr<ConnectionHandler> make_sftp_handler(std::shared_ptr<const SftpService> service,
                                                     Loop& loop) {
    return std::make_unique<SftpHandler>(std::move(service), loop);
}

}  // namespace nacre::server
