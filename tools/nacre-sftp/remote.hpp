/// \file
/// The SFTP client as a sequence of calls that wait for their answer.
#pragma once
#include "link.hpp"

#include <nacre/sftp/client.hpp>
#include <nacre/sftp/transfer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nacre::tools {

class Remote {
  public:
    explicit Remote(Link& link) : link_(link) {}

    /// Where the answer comes from; set once before the calls.
    std::shared_ptr<sftp::Client> client;
    /// What the server said with its latest refusal; safe to show.
    std::string words;

    /// Calls f(reply) and waits for the answer.
    template <class T, class F>
    Result<T> get(F f) {
        return get_if_started<T>([&](Reply<T> reply) {
            f(std::move(reply));
            return true;
        });
    }
    /// Calls f(reply), which starts the session, and waits for the answer.
    template <class F>
    Result<void> get_started(F f) {
        Result<void> started;
        auto ready = get_if_started<void>([&](Reply<void> reply) {
            started = f(std::move(reply));
            return started.has_value();
        });
        return started ? ready : started;
    }
    template <class F>
    Result<void> done(F f) {
        return get<void>(std::move(f));
    }
    /// Folder that relative paths begin at; "": where the login begins.
    std::string folder;
    /// A path as the server is to have it.
    std::string at(const std::string& path) const {
        if (folder.empty() || (!path.empty() && path.front() == '/')) return path;
        if (path.empty() || path == ".") return folder;
        return folder + (folder.back() == '/' ? "" : "/") + path;
    }
    /// What is at a path, if anything.
    std::optional<sftp::Attrs> attrs(const std::string& path, sftp::Follow follow) {
        auto found =
            get<sftp::Attrs>([&](auto reply) { client->stat(at(path), follow, std::move(reply)); });
        if (!found) return std::nullopt;
        return std::move(*found);
    }
    bool is_folder(const std::string& path) {
        const auto found = attrs(path, sftp::Follow::yes);
        return found && found->type == sftp::FileType::directory;
    }
    Result<std::vector<sftp::RemoteEntry>> list(const std::string& path) {
        const std::string name = at(path.empty() ? "." : path);
        return get<std::vector<sftp::RemoteEntry>>(
            [&](auto reply) { sftp::list_directory(client, name, std::move(reply)); });
    }

    /// Why the latest call failed, for people.
    std::string why(const Error& error) const {
        if (error.code == Errc::peer_refused && !words.empty()) return words;
        if (error.code == Errc::closed && !link_.why_ended().empty()) return link_.why_ended();
        return error.what;
    }

  private:
    template <class T, class F>
    Result<T> get_if_started(F f) {
        const auto answer = std::make_shared<std::optional<Result<T>>>();
        words.clear();
        const bool started =
            f(Reply<T>::from([answer](Result<T>&& result) { *answer = std::move(result); }));
        if (started) link_.run_until([&] { return answer->has_value(); });
        if (*answer) return std::move(**answer);
        return Error{Errc::closed, Disconnect::none, 0, "the session ended"};
    }

    Link& link_;
};

}  // namespace nacre::tools
