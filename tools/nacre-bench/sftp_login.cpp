// Logins: connection, key exchange, authentication, SFTP's first messages, and away again.
#include "sftp.hpp"

#include <algorithm>

namespace nacre::bench {

namespace {

/// One login, until its connection is gone again.
struct Login {
    std::shared_ptr<LoadConnection> connection;
    std::shared_ptr<std::optional<Result<void>>> ready;
    bool closing = false;

    bool wants_closing() const noexcept { return *ready && !closing; }
    bool over() const noexcept { return closing && connection->gone(); }
};

Result<Login> begin_login(LoadLoop& loop) {
    Login login;
    login.ready = std::make_shared<std::optional<Result<void>>>();
    NACRE_TRY(login.connection,
              loop.connect(Reply<void>::from([ready = login.ready](Result<void>&& answer) {
                  if (!*ready) *ready = answer;
              })));
    return login;
}

/// One sample.
Result<void> log_in(LoadLoop& loop, std::size_t count, std::size_t at_once) {
    std::size_t begun = 0;
    std::vector<Login> going;
    while (begun < count || !going.empty()) {
        while (begun < count && going.size() < at_once) {
            NACRE_TRY(Login login, begin_login(loop));
            going.push_back(std::move(login));
            ++begun;
        }
        loop.run_until([&] {
            return std::any_of(going.begin(), going.end(), [](const Login& login) {
                return login.wants_closing() || login.over();
            });
        });
        for (Login& login : going) {
            if (!login.wants_closing()) continue;
            if (!**login.ready) return (*login.ready)->error();
            loop.close(*login.connection);
            login.closing = true;
        }
        std::erase_if(going, [](const Login& login) { return login.over(); });
    }
    return {};
}

}  // namespace

Result<void> load_login(const SftpLoad& load) {
    const SftpPlan& plan = load.plan;
    LoadMeter meter(load.server, kPerLogin);
    for (std::size_t run = 0; run < plan.runs; ++run) {
        meter.start();
        NACRE_CHECK(log_in(load.loop, plan.logins, plan.at_once));
        meter.stop(load.loop, static_cast<double>(plan.logins));
    }
    Facts facts = facts_of(plan.server);
    facts.emplace_back("at once", std::to_string(plan.at_once));
    meter.report(load.report, "login", facts);
    return {};
}

}  // namespace nacre::bench
