/// \file
/// "session" channels (RFC 4254 s6) for servers: the sequence pty-req, env, then one of shell, exec
/// and subsystem, decoded and handed to the program as questions.
#pragma once
#include <nacre/connection/channel.hpp>

#include <map>
#include <memory>
#include <string>

namespace nacre {

/// RFC 4254 s6.2
struct PtyRequest {
    std::string term;
    std::uint32_t columns = 0, rows = 0, width_pixels = 0, height_pixels = 0;
    Bytes modes;  ///< encoded terminal modes, RFC 4254 s8 and RFC 8160
};

/// What was asked on the channel before the program starts.
struct SessionEnvironment {
    std::map<std::string, std::string> variables;
    std::optional<PtyRequest> pty;
};

/// Starts programs; one per session channel. Defaults refuse. An answer of a ChannelSink becomes
/// the channel's user: its on_open is called after CHANNEL_SUCCESS was queued; it then also gets
/// signal, window-change and break as requests.
class SessionPrograms {
  public:
    static constexpr std::size_t kMaxVariables = 64;
    static constexpr std::size_t kMaxEnvironment = 32 * 1024;  ///< bytes of names and values

    using Program = std::unique_ptr<ChannelSink>;
    virtual ~SessionPrograms() = default;
    virtual void subsystem(std::string_view name, const SessionEnvironment&, Reply<Program> reply) {
        static_cast<void>(name);
        refuse(reply);
    }
    virtual void exec(std::string_view command, const SessionEnvironment&, Reply<Program> reply) {
        static_cast<void>(command);
        refuse(reply);
    }
    virtual void shell(const SessionEnvironment&, Reply<Program> reply) { refuse(reply); }
    /// Whether the variable is accepted.
    virtual bool env(std::string_view /*name*/, std::string_view /*value*/) { return false; }
    virtual bool pty(const PtyRequest& /*request*/) { return false; }

  private:
    static void refuse(Reply<Program>& reply) {
        reply(Error{Errc::unsupported, Disconnect::none, 0, "not served"});
    }
};

/// The user of a server's "session" channel.
std::unique_ptr<ChannelSink> make_session_channel(std::unique_ptr<SessionPrograms> programs);

}  // namespace nacre
