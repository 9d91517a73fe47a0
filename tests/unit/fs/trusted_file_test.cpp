#include "home_folder.hpp"

#include <nacre/fs/trusted_file.hpp>

#include <cstdio>
#include <memory>

namespace nacre {
namespace {

using std::chrono::milliseconds;

/// The file of Home, and what time it is.
struct Reader {
    test::Home home;
    TrustedFile file{home.keys, home.strict};
    Instant now{std::chrono::hours(1)};
    /// Late enough that no file can change any more without another time of change.
    TrustedFile::WallTime wall = std::chrono::system_clock::now() + std::chrono::seconds(5);

    FileResult<std::shared_ptr<const std::string>> read() {
        // As logins ask.
        static_cast<void>(file.can_read_at_once(now));
        return file.read(now, wall);
    }
    /// Until it has another time of change: a kernel's clock may tick every 4 ms only, and the
    /// reader has been told that it is later.
    template <class F>
    void change(F&& f) const {
        const auto changed = [&] {
            struct stat status {};
            return ::stat(home.keys.c_str(), &status) == 0 ? status.st_ctim : timespec{};
        };
        const timespec at = changed();
        do {
            f();
        } while (changed().tv_nsec == at.tv_nsec && changed().tv_sec == at.tv_sec);
    }
    void write(const std::string& text) const {
        change([&] { home.root.file("home/.ssh/authorized_keys", text); });
    }
    void open_folder() const { REQUIRE(::chmod(home.ssh.c_str(), 0777) == 0); }
};

}  // namespace

TEST_CASE("trusted file: the same text is the same object", "[fs]") {
    Reader reader;
    const auto first = reader.read();
    REQUIRE(first);
    CHECK(**first == "# nobody\n");
    CHECK(*reader.read() == *first);
    reader.now += std::chrono::minutes(1);
    CHECK(*reader.read() == *first);
}

TEST_CASE("trusted file: a change is seen at once", "[fs]") {
    Reader reader;
    REQUIRE(reader.read());
    SECTION("of the text, to one as long") {
        reader.write("# nobodY\n");
        CHECK(**reader.read() == "# nobodY\n");
    }
    SECTION("to another file") {
        const auto other = reader.home.root.file("home/.ssh/other", "# somebody\n");
        REQUIRE(std::rename(other.c_str(), reader.home.keys.c_str()) == 0);
        CHECK(**reader.read() == "# somebody\n");
    }
    SECTION("of its mode") {
        reader.change([&] { REQUIRE(::chmod(reader.home.keys.c_str(), 0666) == 0); });
        CHECK_FALSE(reader.read());
    }
    SECTION("to nothing, and back") {
        REQUIRE(::unlink(reader.home.keys.c_str()) == 0);
        CHECK(reader.read().refusal().system_error == ENOENT);
        reader.write("# nobody\n");
        CHECK(**reader.read() == "# nobody\n");
    }
}

TEST_CASE("trusted file: the folders are looked at once a second", "[fs]") {
    Reader reader;
    REQUIRE(reader.read());
    if (!reader.file.can_read_at_once(reader.now)) SKIP("the kernel does not tell what is cached");
    reader.open_folder();
    reader.now += milliseconds(999);
    CHECK(reader.read());
    reader.now += milliseconds(1);
    CHECK_FALSE(reader.read());
    // And a refusal is never remembered.
    REQUIRE(::chmod(reader.home.ssh.c_str(), 0700) == 0);
    CHECK(reader.read());
}

TEST_CASE("trusted file: what was only just written is read again", "[fs]") {
    Reader reader;
    reader.wall = std::chrono::system_clock::now() + milliseconds(500);
    REQUIRE(reader.read());
    reader.open_folder();
    CHECK_FALSE(reader.read());
}

TEST_CASE("trusted file: what may be kept by a server is read again", "[fs]") {
    Reader reader;
    REQUIRE(reader.file.read(reader.now, reader.wall));
    reader.open_folder();
    CHECK_FALSE(reader.file.read(reader.now, reader.wall));
}

}  // namespace nacre
