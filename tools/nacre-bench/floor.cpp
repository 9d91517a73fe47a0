#include "floor.hpp"

namespace nacre::bench {

int run_floor(Arguments& arguments, Report& report) {
    const std::string what = arguments.mode("down|up|pingpong|login");
    if (what == "down") return run_bulk_floor(Direction::down, arguments, report);
    if (what == "up") return run_bulk_floor(Direction::up, arguments, report);
    if (what == "pingpong") return run_ping_pong_floor(arguments, report);
    if (what == "login") return run_login_floor(arguments, report);
    if (const auto status = arguments.finish()) return *status;
    return failed(arguments, "one of down, up, pingpong and login is needed");
}

}  // namespace nacre::bench
