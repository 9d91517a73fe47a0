#include "server/internal_sftp.hpp"

#include <nacre/server/sftp_service.hpp>
#include <nacre/sftp/mounted_filesystem.hpp>

namespace nacre::server {

namespace {

constexpr std::string_view kSftp = "sftp";
constexpr std::string_view kInternalSftp = "internal-sftp";

/// "sftp", and whatever else the program serves.
class Programs final : public SessionPrograms {
  public:
    Programs(std::shared_ptr<const SftpService> service, const SessionInfo& info, Loop& loop)
        : service_(std::move(service)), info_(info), loop_(loop) {
        if (service_->programs) others_ = service_->programs(info_, loop_);
    }

    void subsystem(std::string_view name, const SessionEnvironment& env,
                   Reply<Program> reply) override {
        // As sshd tells it when the subsystem is in its own process.
        const auto command = name == kSftp ? kInternalSftp : name;
        if (forced() != nullptr) return run_forced(command, env, std::move(reply));
        if (name == kSftp) return reply(sftp({}));
        if (others_ != nullptr) return others_->subsystem(name, env, std::move(reply));
        SessionPrograms::subsystem(name, env, std::move(reply));
    }
    void exec(std::string_view command, const SessionEnvironment& env,
              Reply<Program> reply) override {
        if (forced() != nullptr) return run_forced(command, env, std::move(reply));
        if (others_ != nullptr)
            return others_->exec(command, with_variables(env), std::move(reply));
        SessionPrograms::exec(command, env, std::move(reply));
    }
    void shell(const SessionEnvironment& env, Reply<Program> reply) override {
        if (forced() != nullptr) return run_forced({}, env, std::move(reply));
        if (others_ != nullptr) return others_->shell(with_variables(env), std::move(reply));
        SessionPrograms::shell(env, std::move(reply));
    }
    bool env(std::string_view name, std::string_view value) override {
        return others_ != nullptr && others_->env(name, value);
    }
    bool pty(const PtyRequest& request) override {
        const bool allowed = info_.restrictions == nullptr || info_.restrictions->pty;
        return allowed && others_ != nullptr && others_->pty(request);
    }

  private:
    /// The login's forced command, or nullptr.
    const std::string* forced() const noexcept {
        if (info_.restrictions == nullptr || !info_.restrictions->force_command) return nullptr;
        return &*info_.restrictions->force_command;
    }

    /// \param asked  what the client wanted instead; empty: a shell
    void run_forced(std::string_view asked, const SessionEnvironment& env, Reply<Program> reply) {
        if (is_internal_sftp(*forced())) {
            const auto options = read_internal_sftp(*forced());
            return options ? reply(sftp(*options)) : refuse(options.error(), std::move(reply));
        }
        if (others_ == nullptr)
            return refuse(Error{Errc::unsupported, Disconnect::none, 0,
                                "the login has a forced command, and commands are not run"},
                          std::move(reply));
        SessionEnvironment with = with_variables(env);
        with.variables.erase("SSH_ORIGINAL_COMMAND");
        if (!asked.empty()) with.variables.emplace("SSH_ORIGINAL_COMMAND", asked);
        others_->exec(*forced(), with, std::move(reply));
    }

    /// With those that the login's key sets.
    SessionEnvironment with_variables(const SessionEnvironment& env) const {
        SessionEnvironment with = env;
        if (info_.restrictions != nullptr && service_->permit_user_environment)
            for (const auto& [name, value] : info_.restrictions->environment)
                with.variables.insert_or_assign(name, value);
        return with;
    }

    void refuse(const Error& error, Reply<Program> reply) {
        if (service_->on_refused) service_->on_refused(info_, error);
        reply(error);
    }

    Result<Program> sftp(const InternalSftp& options) {
        NACRE_TRY(auto filesystem, service_->filesystem(info_, loop_));
        if (!options.directory.empty()) {
            const bool absolute = options.directory.starts_with('/');
            NACRE_TRY(filesystem,
                      sftp::make_mounted_filesystem({{"/", std::move(filesystem)}},
                                                    (absolute ? "" : "/") + options.directory));
        }
        auto observer = service_->observer ? service_->observer(info_) : nullptr;
        sftp::ServerConfig config = service_->config;
        config.peer_identification = info_.peer_version;
        config.own_identification = info_.our_version;
        if (service_->configure) service_->configure(info_, config);
        config.read_only = config.read_only || options.read_only;
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
