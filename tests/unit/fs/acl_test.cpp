// The mapping between the protocol's ACLs and POSIX ACLs, and the files that have them.
#include "fs/posix_acl.hpp"
#include "local_rig.hpp"
#include "support/hex.hpp"

#include <cstdlib>
#include <random>
#include <set>

namespace nacre::fs::test {
namespace {

using nacre::test::from_hex;
using sftp::Ace;
using sftp::AceType;
using sftp::Acl;
using sftp::Follow;
using sftp::Status;
using Kind = PosixEntry::Kind;

// Ids that nobody has on a machine where tests run.
constexpr std::uint32_t kAlice = 70001;
constexpr std::uint32_t kBob = 70002;
constexpr std::uint32_t kStaff = 70003;
constexpr std::uint32_t kGuests = 70004;

constexpr std::uint32_t kR = sftp::kAceReadData | sftp::kAceReadNamedAttrs;
constexpr std::uint32_t kWriteFile =
    sftp::kAceWriteData | sftp::kAceAppendData | sftp::kAceWriteNamedAttrs;
constexpr std::uint32_t kWriteFolder = kWriteFile | sftp::kAceDeleteChild;
constexpr std::uint32_t kX = sftp::kAceExecute;
constexpr std::uint32_t kAll = sftp::kAceReadAttributes | sftp::kAceReadAcl | sftp::kAceSynchronize;
constexpr std::uint32_t kOwn = sftp::kAceWriteAttributes | sftp::kAceWriteAcl;
constexpr std::uint32_t kGroup = sftp::kAceIdentifierGroup;
constexpr std::uint32_t kBoth = sftp::kAceFileInherit | sftp::kAceDirectoryInherit;
constexpr std::uint32_t kOnly = kBoth | sftp::kAceInheritOnly;

Ace allow(std::string who, std::uint32_t mask, std::uint32_t flags = 0) {
    return {AceType::allow, flags, mask, std::move(who)};
}
Ace deny(std::string who, std::uint32_t mask, std::uint32_t flags = 0) {
    return {AceType::deny, flags, mask, std::move(who)};
}
std::string name(std::uint32_t id) {
    return std::to_string(id);
}

PosixNames& names() {
    static PosixNames names;
    return names;
}
Acl told(const FileAcl& acl, bool folder) {
    return to_protocol(acl, folder, {&names(), Names::Source::numbers});
}
Result<FileAcl> understood(const Acl& acl, bool folder = false, std::uint32_t owner = 0) {
    return from_protocol(acl, {folder, owner}, names());
}
Result<FileAcl> understood(std::vector<Ace> entries, bool folder = false, std::uint32_t owner = 0) {
    return understood(Acl{0, std::move(entries)}, folder, owner);
}
/// As setfacl takes it: "u::rw-,u:70001:r--,g::---,o::---".
std::string text_of(const PosixAcl& acl) {
    std::string text;
    for (const auto& entry : acl) {
        const bool user = entry.kind == Kind::owner || entry.kind == Kind::user;
        text += text.empty() ? "" : ",";
        text += entry.kind == Kind::others ? "o:" : user ? "u:" : "g:";
        if (entry.kind == Kind::user || entry.kind == Kind::group) text += name(entry.id);
        text += ":";
        for (const auto& [bit, letter] : {std::pair(4U, 'r'), {2U, 'w'}, {1U, 'x'}})
            text += (entry.rights & bit) != 0 ? letter : '-';
    }
    return text;
}
/// "!" and the number of the status if it is refused.
std::string text_of(const Result<FileAcl>& acl) {
    return acl ? text_of(acl->access) : "!" + std::to_string(static_cast<unsigned>(status(acl)));
}

sftp::Attrs attrs_with(Acl acl) {
    sftp::Attrs attrs;
    attrs.extra.make().acl = std::move(acl);
    return attrs;
}
sftp::Attrs attrs_with(std::vector<Ace> entries) {
    return attrs_with(Acl{0, std::move(entries)});
}
std::optional<Acl> acl_of(const Result<sftp::Attrs>& attrs) {
    REQUIRE(attrs);
    return attrs->extra ? attrs->extra->acl : std::nullopt;
}

unsigned mode_of_file(const std::string& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

LocalFilesystemConfig config_with_acls(const Folders& folders) {
    auto config = config_for(folders, GENERATE(false, true));
    config.numeric_names_only = true;
    if ((*Local(config)).traits().acl_capabilities == 0) SKIP("no ACLs on this file system");
    return config;
}

bool has_tools() {
    return std::system("command -v getfacl setfacl >/dev/null 2>&1") == 0;
}
void setfacl(const std::string& arguments) {
    REQUIRE(std::system(("setfacl " + arguments).c_str()) == 0);
}
/// The entries, with commas between them.
std::string getfacl(const std::string& path) {
    std::FILE* const pipe = ::popen(("getfacl -ncpE " + path).c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
        text += c == '\n' ? ',' : static_cast<char>(c);
    CHECK(::pclose(pipe) == 0);
    while (text.ends_with(',')) text.pop_back();
    return text;
}

// -- the extended attribute --

// What setfacl 2.3.1 made of a file of mode 0640 with -m u:70001:rw,g:70003:rx,m::r.
constexpr char kWritten[] =
    "02000000"
    "01000600ffffffff"
    "0200060071110100"
    "04000400ffffffff"
    "0800050073110100"
    "10000400ffffffff"
    "20000000ffffffff";

TEST_CASE("POSIX ACLs as the kernel keeps them", "[fs][acl]") {
    const auto acl = parse_acl(from_hex(kWritten));
    REQUIRE(acl);
    CHECK(text_of(*acl) == "u::rw-,u:70001:r--,g::r--,g:70003:r--,o::---");
    CHECK(parse_acl(format_acl(*acl)) == acl);
    CHECK(format_acl({{Kind::owner, 0, 6}, {Kind::group_owner, 0, 4}, {Kind::others, 0, 0}}) ==
          from_hex("0200000001000600ffffffff04000400ffffffff20000000ffffffff"));
    CHECK(mode_of(*acl) == 0640);
}

TEST_CASE("Extended attributes that are no ACLs", "[fs][acl]") {
    const Bytes good = from_hex(kWritten);
    constexpr std::size_t kEntry = 8;
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_FALSE(parse_acl(ByteView(good).first(size)));
    const auto entry = [&good](std::size_t i) {
        return good.begin() + static_cast<std::ptrdiff_t>(4 + kEntry * i);
    };
    for (std::size_t i = 0; i < 6; ++i) {
        INFO("entry " << i);
        const bool may_miss = i == 1 || i == 3;
        Bytes less = good;
        less.erase(less.begin() + (entry(i) - good.begin()),
                   less.begin() + (entry(i) - good.begin()) + kEntry);
        CHECK(parse_acl(less).has_value() == may_miss);
        Bytes twice = good;
        twice.insert(twice.end(), entry(i), entry(i) + kEntry);
        CHECK_FALSE(parse_acl(twice));
        Bytes unknown = good;
        unknown[4 + kEntry * i] = 0x40;
        CHECK_FALSE(parse_acl(unknown));
        Bytes rights = good;
        rights[4 + kEntry * i + 2] = 8;
        CHECK_FALSE(parse_acl(rights));
        if (!may_miss) continue;
        Bytes nobody = good;
        std::fill_n(nobody.begin() + (entry(i) - good.begin()) + 4, 4, std::uint8_t{0xff});
        CHECK_FALSE(parse_acl(nobody));
    }
    Bytes version = good;
    version[0] = 1;
    CHECK_FALSE(parse_acl(version));
    // The order is nothing that rights depend on.
    Bytes turned(good.begin(), good.begin() + 4);
    for (std::size_t i = 6; i-- > 0;) turned.insert(turned.end(), entry(i), entry(i) + kEntry);
    CHECK(parse_acl(turned) == parse_acl(good));
}

// -- to the client --

TEST_CASE("What a client is told of a POSIX ACL", "[fs][acl]") {
    const FileAcl plain{{{Kind::owner, 0, 6}, {Kind::group_owner, 0, 4}, {Kind::others, 0, 0}},
                        std::nullopt};
    CHECK(told(plain, false) == Acl{3,
                                    {allow("OWNER@", kR | kWriteFile | kAll | kOwn),
                                     allow("GROUP@", kR | kAll), allow("EVERYONE@", kAll)}});
    const FileAcl rich{
        {{Kind::owner, 0, 4},
         {Kind::user, kAlice, 2},
         {Kind::group_owner, 0, 0},
         {Kind::group, kStaff, 1},
         {Kind::others, 0, 4}},
        PosixAcl{{Kind::owner, 0, 7}, {Kind::group_owner, 0, 5}, {Kind::others, 0, 0}}};
    const std::vector<Ace> expected{
        allow("OWNER@", kR | kAll | kOwn),
        deny("OWNER@", kWriteFolder | kX),
        allow("70001", kWriteFolder | kAll),
        deny("70001", kR | kX),
        allow("GROUP@", kAll),
        allow("70003", kX | kAll, kGroup),
        deny("GROUP@", kR),
        deny("70003", kR, kGroup),
        allow("EVERYONE@", kR | kAll),
        allow("OWNER@", kR | kWriteFolder | kX | kAll | kOwn, kOnly),
        allow("GROUP@", kR | kX | kAll, kOnly),
        allow("EVERYONE@", kAll, kOnly),
    };
    CHECK(told(rich, true) == Acl{3, expected});
}

// -- from the client --

TEST_CASE("ACLs of clients that a POSIX ACL says", "[fs][acl]") {
    const std::uint32_t rw = kR | kWriteFile;
    CHECK(text_of(understood({allow("OWNER@", rw), allow("EVERYONE@", kR)})) ==
          "u::rw-,g::r--,o::r--");
    CHECK(text_of(understood({deny("70001", kWriteFile), allow("EVERYONE@", rw | kAll)})) ==
          "u::rw-,u:70001:r--,g::rw-,o::rw-");
    // The same, but the file is Alice's: who owns it has no entry by name.
    CHECK(text_of(understood({deny("70001", kWriteFile), allow("EVERYONE@", rw)}, false, kAlice)) ==
          "u::r--,u:70001:r--,g::rw-,o::rw-");
    CHECK(text_of(understood({allow("70001", rw), allow("EVERYONE@", kR)}, false, kAlice)) ==
          "u::rw-,u:70001:rw-,g::r--,o::r--");
    // Everybody is also who has an entry.
    CHECK(text_of(understood({allow("70001", kX), allow("EVERYONE@", kR)})) ==
          "u::r--,u:70001:r-x,g::r--,o::r--");
    // The group is not: nobody knows whether Alice is in it.
    CHECK(text_of(understood({allow("70001", kX), allow("GROUP@", kR)})) ==
          "u::---,u:70001:--x,g::r--,o::---");
    // And the owner and the members of GROUP@ may be guests.
    CHECK(text_of(understood({deny("70004", kWriteFile, kGroup), allow("EVERYONE@", rw)})) ==
          "u::r--,g::r--,g:70004:r--,o::rw-");
    CHECK(text_of(understood({allow("OWNER@", rw), deny("70004", kWriteFile, kGroup),
                              allow("EVERYONE@", rw)})) == "u::rw-,g::r--,g:70004:r--,o::rw-");
    // The first that matches decides; w in pieces; half of it denied.
    CHECK(text_of(understood({allow("EVERYONE@", kR), deny("EVERYONE@", kR | kX),
                              allow("EVERYONE@", kX)})) == "u::r--,g::r--,o::r--");
    CHECK(text_of(understood({allow("EVERYONE@", sftp::kAceWriteData),
                              allow("EVERYONE@", sftp::kAceAppendData)})) ==
          "u::-w-,g::-w-,o::-w-");
    CHECK(text_of(understood({deny("EVERYONE@", sftp::kAceAppendData), allow("EVERYONE@", rw)})) ==
          "u::r--,g::r--,o::r--");
    // Named attributes.
    CHECK(text_of(understood({allow("EVERYONE@", sftp::kAceReadData)})) == "u::r--,g::r--,o::r--");
    CHECK(text_of(understood({deny("70001", sftp::kAceReadNamedAttrs), allow("EVERYONE@", kR)})) ==
          "u::r--,u:70001:---,g::r--,o::r--");
    // A folder.
    CHECK(text_of(understood({allow("EVERYONE@", kWriteFolder)}, true)) == "u::-w-,g::-w-,o::-w-");
    // Of more than there is here nothing is given.
    CHECK(text_of(understood({allow("EVERYONE@", 0xffff'ffff)})) == "u::rwx,g::rwx,o::rwx");
    // The flag of special names, and those of other types, mean nothing.
    CHECK(text_of(understood({allow("GROUP@", kR, kGroup), allow("EVERYONE@", kX, kGroup)})) ==
          "u::--x,g::r-x,o::--x");
    CHECK(text_of(understood({allow("EVERYONE@", kR, sftp::kAceFailedAccess)})) ==
          "u::r--,g::r--,o::r--");
}

TEST_CASE("What those who are only denied something get", "[fs][acl]") {
    // As ZFS and NFS servers write them.
    CHECK(text_of(understood({allow("OWNER@", kR | kWriteFile | kAll | kOwn | sftp::kAceWriteOwner),
                              deny("GROUP@", kWriteFile | kX), allow("GROUP@", kR),
                              deny("EVERYONE@", kOwn | sftp::kAceWriteOwner | kWriteFile),
                              allow("EVERYONE@", kR | kAll)})) == "u::rw-,g::r--,o::r--");
}

TEST_CASE("ACLs of clients that nobody could keep", "[fs][acl]") {
    const auto refused = [](std::vector<Ace> entries, bool folder = false) {
        return status(understood(std::move(entries), folder));
    };
    constexpr auto kNo = Status::op_unsupported;
    CHECK(refused({}) == kNo);
    CHECK(refused({{AceType::audit, 0, kR, "EVERYONE@"}}) == kNo);
    CHECK(refused({{AceType::alarm, 0, kR, "EVERYONE@"}}) == kNo);
    CHECK(refused({{static_cast<AceType>(7), 0, kR, "EVERYONE@"}}) == kNo);
    for (const char* who : {"INTERACTIVE@", "ANONYMOUS@", "AUTHENTICATED@", "root@", "@"})
        CHECK(refused({allow(who, kR), allow("EVERYONE@", kR)}) == kNo);
    CHECK(refused({allow("EVERYONE@", sftp::kAceWriteData)}) == kNo);
    CHECK(refused({allow("EVERYONE@", kWriteFile)}, true) == kNo);
    for (const std::uint32_t bit :
         {sftp::kAceReadAttributes, sftp::kAceReadAcl, sftp::kAceSynchronize, sftp::kAceDelete,
          sftp::kAceWriteAcl, sftp::kAceWriteAttributes, sftp::kAceWriteOwner, 0x8000'0000U}) {
        INFO(bit);
        CHECK(refused({deny("EVERYONE@", bit), allow("EVERYONE@", kR)}) == kNo);
        CHECK(refused({deny("OWNER@", bit), allow("EVERYONE@", kR)}) == kNo);
        // The owner may be one of them.
        CHECK(refused({deny("70003", bit, kGroup), allow("EVERYONE@", kR)}) == kNo);
    }
    // Who may be both.
    CHECK(refused({deny("GROUP@", kR), allow("OWNER@", kR)}) == kNo);
    CHECK(refused({deny("GROUP@", kR), allow("70001", kR)}) == kNo);
    CHECK(refused({deny("70003", kR, kGroup), allow("70004", kR, kGroup)}) == kNo);
    CHECK(refused({deny("70003", kR, kGroup), allow("GROUP@", kR)}) == kNo);
    // Inheritance.
    const std::vector<Ace> itself{allow("EVERYONE@", kR)};
    for (const std::uint32_t flags :
         {sftp::kAceFileInherit, sftp::kAceDirectoryInherit, sftp::kAceInheritOnly,
          kBoth | sftp::kAceNoPropagateInherit, 0x80U}) {
        INFO(flags);
        CHECK(refused({itself[0], allow("EVERYONE@", kR, flags)}, true) == kNo);
        CHECK(refused({itself[0], allow("EVERYONE@", kR, flags)}) == Status::invalid_parameter);
    }
    CHECK(refused({allow("EVERYONE@", kR, kOnly)}, true) == kNo);
    // Who owns what inherits is not known: it may be Alice.
    CHECK(refused({itself[0], deny("70001", kR, kOnly), allow("OWNER@", kR, kOnly)}, true) == kNo);
    // Nobody.
    CHECK(refused({allow("no such user!", kR)}) == Status::owner_invalid);
    CHECK(refused({allow("", kR)}) == Status::owner_invalid);
    CHECK(refused({allow(std::string("root\0x", 6), kR)}) == Status::owner_invalid);
    CHECK(refused({allow("4294967295", kR)}) == Status::owner_invalid);
    CHECK(refused({allow("no such group!", kR, kGroup)}) == Status::group_invalid);
    // Version 6: what is only to be removed, kept or inherited.
    for (const std::uint32_t flags : {1U, 2U, 4U, 7U, 0x10U, 0x13U, 0x8000'0003U})
        CHECK(status(understood(Acl{flags, itself})) == kNo);
    CHECK(understood(Acl{3, itself}));
}

TEST_CASE("What a folder's files inherit", "[fs][acl]") {
    const auto acl =
        understood({allow("EVERYONE@", kR | kX, kBoth), allow("70001", kX, kOnly)}, true);
    REQUIRE(acl);
    CHECK(text_of(acl->access) == "u::r-x,g::r-x,o::r-x");
    REQUIRE(acl->inherited);
    CHECK(text_of(*acl->inherited) == "u::r-x,u:70001:r-x,g::r-x,o::r-x");
    CHECK_FALSE(understood({allow("EVERYONE@", kR)}, true)->inherited);
}

// -- for all ACLs --

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(engine_() % n); }
    bool one_in(std::uint32_t n) { return below(n) == 0; }

  private:
    std::mt19937 engine_;
};

PosixAcl random_posix(Random& random) {
    PosixAcl acl{{Kind::owner, 0, random.below(8)}};
    for (const std::uint32_t uid : {0U, kAlice, kBob})
        if (random.one_in(2)) acl.push_back({Kind::user, uid, random.below(8)});
    acl.push_back({Kind::group_owner, 0, random.below(8)});
    for (const std::uint32_t gid : {0U, kStaff, kGuests})
        if (random.one_in(2)) acl.push_back({Kind::group, gid, random.below(8)});
    acl.push_back({Kind::others, 0, random.below(8)});
    return acl;
}

TEST_CASE("What is read and set again is the same", "[fs][acl]") {
    Random random(GENERATE(range(1U, 5U)));
    for (int i = 0; i < 150; ++i) {
        const bool folder = random.one_in(2);
        FileAcl acl{random_posix(random), std::nullopt};
        if (folder && random.one_in(2)) acl.inherited = random_posix(random);
        const auto list = told(acl, folder);
        const auto again = understood(list, folder, random.one_in(2) ? 0 : kBob);
        INFO(text_of(acl.access));
        REQUIRE(again);
        CHECK(again->access == acl.access);
        CHECK(again->inherited == acl.inherited);
        CHECK(parse_acl(format_acl(acl.access)) == acl.access);
    }
}

/// Somebody who uses a file, and the file's owner.
struct Person {
    std::uint32_t uid;
    bool owns;
    bool in_group;  ///< of the file
    std::set<std::uint32_t> groups;
};

enum class Says : std::uint8_t { nothing, yes, no };

/// draft-13 s7.8: the first that matches.
Says says(const std::vector<Ace>& entries, const Person& person, std::uint32_t bit) {
    for (const auto& ace : entries) {
        const bool group = (ace.flags & kGroup) != 0;
        const bool meant =
            ace.who == "EVERYONE@" ? true
            : ace.who == "OWNER@"  ? person.owns
            : ace.who == "GROUP@"  ? person.in_group
            : group ? person.groups.count(static_cast<std::uint32_t>(std::stoul(ace.who))) != 0
                    : ace.who == name(person.uid);
        if (meant && (ace.mask & bit) != 0)
            return ace.type == AceType::allow ? Says::yes : Says::no;
    }
    return Says::nothing;
}

/// acl(5), "ACCESS CHECK ALGORITHM", for one bit.
bool posix_allows(const PosixAcl& acl, const Person& person, std::uint32_t right) {
    bool member = false;
    for (const auto& entry : acl) {
        const bool has = (entry.rights & right) != 0;
        if (entry.kind == Kind::owner && person.owns) return has;
        if (entry.kind == Kind::user && entry.id == person.uid) return has;
        if ((entry.kind == Kind::group_owner && person.in_group) ||
            (entry.kind == Kind::group && person.groups.count(entry.id) != 0)) {
            if (has) return true;
            member = true;
        }
        if (entry.kind == Kind::others) return !member && has;
    }
    return false;
}

std::vector<Ace> random_entries(Random& random, bool folder) {
    const std::uint32_t w = folder ? kWriteFolder : kWriteFile;
    const std::uint32_t parts[] = {kR,
                                   w,
                                   kX,
                                   kR,
                                   w,
                                   kX,
                                   sftp::kAceReadData,
                                   kWriteFile,
                                   kAll,
                                   kOwn,
                                   sftp::kAceWriteData,
                                   sftp::kAceDelete,
                                   sftp::kAceWriteOwner};
    constexpr std::uint32_t kParts = sizeof parts / sizeof parts[0];
    std::vector<Ace> entries;
    for (std::uint32_t n = 1 + random.below(5); n-- > 0;) {
        Ace ace;
        ace.type = random.one_in(3) ? AceType::deny : AceType::allow;
        // Most of what lies beyond the first six is refused.
        for (std::uint32_t k = 1 + random.below(3); k-- > 0;)
            ace.mask |= parts[random.below(random.one_in(6) ? kParts : 6)];
        switch (random.below(5)) {
            case 0:
                ace.who = "OWNER@";
                break;
            case 1:
                ace.who = "GROUP@";
                break;
            case 2:
                ace.who = name(random.one_in(2) ? kAlice : kBob);
                break;
            case 3:
                ace.who = name(random.one_in(2) ? kStaff : kGuests);
                ace.flags = kGroup;
                break;
            default:
                ace.who = "EVERYONE@";
                break;
        }
        entries.push_back(std::move(ace));
    }
    return entries;
}

/// Whether nobody may do with `acl` what `entries` do not let them. \param owner  nothing: anybody
bool gives_no_more(const PosixAcl& acl, const std::vector<Ace>& entries, bool folder,
                   std::optional<std::uint32_t> owner) {
    const std::pair<std::uint32_t, std::uint32_t> rights[] = {
        {4, sftp::kAceReadData},
        {2, sftp::kAceWriteData},
        {2, sftp::kAceAppendData},
        {2, folder ? sftp::kAceDeleteChild : sftp::kAceWriteData},
        {1, sftp::kAceExecute}};
    for (const std::uint32_t uid : {0U, 1U, kAlice, kBob})
        for (unsigned who = 0; who < 16; ++who) {
            Person person{uid, owner ? uid == *owner : (who & 8) != 0, (who & 4) != 0, {}};
            if ((who & 1) != 0) person.groups.insert(kStaff);
            if ((who & 2) != 0) person.groups.insert(kGuests);
            for (const auto& [right, bit] : rights)
                if (posix_allows(acl, person, right) && says(entries, person, bit) != Says::yes)
                    return false;
            const auto denied = [&](std::uint32_t bit) {
                return says(entries, person, bit) == Says::no;
            };
            if (posix_allows(acl, person, 4) && denied(sftp::kAceReadNamedAttrs)) return false;
            if (posix_allows(acl, person, 2) && denied(sftp::kAceWriteNamedAttrs)) return false;
            for (const std::uint32_t bit : {sftp::kAceReadAttributes, sftp::kAceReadAcl,
                                            sftp::kAceSynchronize, sftp::kAceDelete})
                if (denied(bit)) return false;
            for (const std::uint32_t bit :
                 {sftp::kAceWriteAttributes, sftp::kAceWriteAcl, sftp::kAceWriteOwner})
                if (person.owns && denied(bit)) return false;
        }
    return true;
}

TEST_CASE("No ACL gives more than was asked for", "[fs][acl]") {
    Random random(GENERATE(range(1U, 9U)));
    constexpr int kCount = 500;
    int accepted = 0;
    for (int i = 0; i < kCount; ++i) {
        const bool folder = random.one_in(2);
        const std::uint32_t owner = random.one_in(2) ? 0 : kAlice;
        auto entries = random_entries(random, folder);
        const auto acl = understood(entries, folder, owner);
        if (acl) {
            ++accepted;
            INFO(text_of(acl->access));
            CHECK(gives_no_more(acl->access, entries, folder, owner));
        }
        if (!folder) continue;
        auto inheriting = entries;
        for (auto& ace : inheriting) ace.flags |= kOnly;
        inheriting.push_back(allow("OWNER@", kR));
        const auto later = understood(inheriting, true, owner);
        if (later) CHECK(gives_no_more(*later->inherited, entries, true, std::nullopt));
    }
    // Else this says nothing.
    CHECK(accepted > kCount / 5);
}

// -- files --

TEST_CASE("ACLs of files, as others see them", "[fs][acl]") {
    if (!has_tools()) SKIP("getfacl and setfacl are not installed");
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    const Local local(config_with_acls(folders));
    folders.file("f");
    REQUIRE(::chmod(folders.jail("f").c_str(), 0640) == 0);
    const auto theirs = GENERATE(as<std::string>{}, "u::rw-,g::r--,o::---",
                                 "u::rw-,u:70001:rw-,u:70002:---,g::r--,g:70003:r-x,m::r--,o::--x",
                                 "u::---,u:70001:rwx,g::---,m::rwx,o::rwx");
    setfacl("--set " + theirs + " " + folders.jail("f"));
    const auto before = getfacl(folders.jail("f"));
    CHECK_FALSE(acl_of(local.stat("f")));
    const auto read = acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl));
    REQUIRE(read);
    const auto file = local.open("f");
    REQUIRE(file);
    CHECK(acl_of(ask<sftp::Attrs>([&](auto r) { (*file)->stat(sftp::kAttrAcl, std::move(r)); })) ==
          read);
    // Through other rights and back.
    setfacl("-b " + folders.jail("f"));
    REQUIRE(::chmod(folders.jail("f").c_str(), 0604) == 0);
    if (GENERATE(false, true)) {
        CHECK(local.set_stat("f", attrs_with(*read)));
    } else {
        CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs_with(*read), std::move(r)); }));
    }
    CHECK(acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl)) == read);
    // The same rights; entries have lost what the mask did not let through.
    auto after = getfacl(folders.jail("f"));
    if (theirs.find("70003") != std::string::npos)
        CHECK(after ==
              "user::rw-,user:70001:r--,user:70002:---,group::r--,group:70003:r--,mask::r--,"
              "other::--x");
    else
        CHECK(after == before);
}

TEST_CASE("Default ACLs of folders, as others see them", "[fs][acl]") {
    if (!has_tools()) SKIP("getfacl and setfacl are not installed");
    const Folders folders;
    const Local local(config_with_acls(folders));
    folders.folder("d");
    const std::uint32_t rwx = kR | kWriteFolder | kX;
    const auto attrs = attrs_with(
        {allow("OWNER@", rwx, kBoth), allow("70001", rwx, kOnly), allow("GROUP@", kR | kX, kBoth)});
    const bool by_handle = GENERATE(false, true);
    const auto folder = local.open_directory("d");
    REQUIRE(folder);
    const auto set = [&](const sftp::Attrs& what) {
        return by_handle ? ask<void>([&](auto r) { (*folder)->set_stat(what, std::move(r)); })
                         : local.set_stat("d", what);
    };
    CHECK(set(attrs));
    CHECK(getfacl(folders.jail("d")) ==
          "user::rwx,group::r-x,other::---,default:user::rwx,default:user:70001:rwx,"
          "default:group::r-x,default:mask::rwx,default:other::---");
    const auto read =
        acl_of(ask<sftp::Attrs>([&](auto r) { (*folder)->stat(sftp::kAttrAcl, std::move(r)); }));
    REQUIRE(read);
    CHECK(acl_of(local.stat("d", Follow::yes, sftp::kAttrAcl)) == read);
    REQUIRE(local.open("d/f", flags_of("wcx")));
    CHECK(getfacl(folders.jail("d/f")) ==
          "user::rw-,user:70001:rwx,group::r-x,mask::rw-,other::---");
    CHECK(set(attrs_with({allow("OWNER@", rwx)})));
    CHECK(getfacl(folders.jail("d")) == "user::rwx,group::---,other::---");
    CHECK(set(attrs_with(*read)));
    CHECK(acl_of(local.stat("d", Follow::yes, sftp::kAttrAcl)) == read);
}

TEST_CASE("An ACL together with a mode", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    config.mode_mask = 07775;
    const Local local(config);
    folders.file("f");
    auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile), allow("70001", kR | kWriteFile),
                             allow("EVERYONE@", kR | kWriteFile | kX)});
    attrs.permissions = 04711;
    CHECK(local.set_stat("f", attrs));
    // The ACL decides, as far as modes may go; what is no right comes from the mode.
    CHECK(mode_of_file(folders.jail("f")) == 04775);
    const auto acl = acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl));
    REQUIRE(acl);
    CHECK(text_of(understood(*acl)) == "u::rwx,u:70001:rwx,g::rwx,o::r-x");
    // A mode alone afterwards changes the mask.
    sftp::Attrs mode;
    mode.permissions = 0640;
    CHECK(local.set_stat("f", mode));
    CHECK(text_of(understood(*acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl)))) ==
          "u::rw-,u:70001:r--,g::r--,o::---");
}

TEST_CASE("Refused ACLs change nothing", "[fs][acl]") {
    const Folders folders;
    const Local local(config_with_acls(folders));
    folders.file("f");
    folders.folder("d");
    const auto before = mode_of_file(folders.jail("f"));
    auto attrs = attrs_with({allow("EVERYONE@", sftp::kAceWriteData)});
    attrs.permissions = 0;
    attrs.mtime = sftp::FileTime{1, 0};
    CHECK(status(local.set_stat("f", attrs)) == Status::op_unsupported);
    CHECK(mode_of_file(folders.jail("f")) == before);
    CHECK(local.stat("f")->mtime->seconds != 1);

    // Nor does something new stay.
    attrs.mtime.reset();
    const auto file = local.open("new", flags_of(GENERATE("wc", "wcx", "rwct")), attrs);
    CHECK(status(file) == Status::op_unsupported);
    CHECK_FALSE(folders.has("new"));
    CHECK(status(local.make_directory("new", attrs)) == Status::op_unsupported);
    CHECK_FALSE(folders.has("new"));
}

TEST_CASE("Something new with an ACL", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    config.umask = 02;
    config.atomic_upload.enabled = GENERATE(false, true);
    const Local local(config);
    auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile | kX), allow("70001", kR | kWriteFile),
                             allow("EVERYONE@", kR | kWriteFile)});
    attrs.permissions = 0777;
    const auto flags = GENERATE(as<std::string>{}, "wc", "wct", "wcx", "rwc", "ac");
    {
        const auto file = local.open("new", flags_of(flags), attrs);
        REQUIRE(file);
        CHECK(close(**file));
    }
    const auto acl = acl_of(local.stat("new", Follow::yes, sftp::kAttrAcl));
    REQUIRE(acl);
    CHECK(text_of(understood(*acl)) == "u::rwx,u:70001:rw-,g::rw-,o::r--");

    // What is there already keeps its own.
    folders.file("old");
    REQUIRE(::chmod(folders.jail("old").c_str(), 0600) == 0);
    folders.link("old", "link");
    const auto again = local.open("link", flags_of(flags), attrs);
    CHECK(status(again) == (flags == "wcx" ? Status::file_already_exists : Status::ok));
    CHECK(mode_of_file(folders.jail("old")) == 0600);
    if (again) CHECK(close(**again));
    CHECK(mode_of_file(folders.jail("old")) == 0600);

    const auto rx = attrs_with({allow("OWNER@", kR | kX), allow("70001", kX, kBoth)});
    CHECK(local.make_directory("folder", rx));
    CHECK(mode_of_file(folders.jail("folder")) == 0510);
    const auto inherits = acl_of(local.stat("folder", Follow::yes, sftp::kAttrAcl));
    REQUIRE(inherits);
    CHECK(understood(*inherits, true)->inherited);
}

TEST_CASE("ACLs stay in the jail, and links have none", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    const Local local(config);
    folders.file("f");
    folders.link("f", "link");
    folders.link(folders.outside("secret"), "out");
    const auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile), allow("70001", kR)});
    CHECK_FALSE(acl_of(local.stat("link", Follow::no, sftp::kAttrAcl)));
    CHECK(acl_of(local.stat("link", Follow::yes, sftp::kAttrAcl)));
    CHECK(status(local.set_stat("link", attrs, Follow::no)) == Status::op_unsupported);
    const auto outside = mode_of_file(folders.outside("secret"));
    CHECK(status(local.set_stat("out", attrs)) == Status::no_such_file);
    CHECK(status(local.set_stat("../../outside/secret", attrs)) == Status::no_such_file);
    CHECK(mode_of_file(folders.outside("secret")) == outside);
    CHECK(mode_of_file(folders.jail("f")) != 0640);
    CHECK(local.set_stat("link", attrs));
    CHECK(mode_of_file(folders.jail("f")) == 0640);
    config.read_only = true;
    CHECK(status(Local(config).set_stat("f", attrs)) == Status::permission_denied);
}

TEST_CASE("A file system without ACLs", "[fs][acl]") {
    LocalFilesystemConfig config;
    config.root = "/proc/self";
    const Local local(config);
    const auto traits = (*local).traits();
    if (traits.acl_capabilities != 0) SKIP("this one has them");
    CHECK((traits.attrs & sftp::kAttrAcl) == 0);
    CHECK_FALSE(acl_of(local.stat("comm", Follow::yes, sftp::kAttrAcl)));
    CHECK_FALSE(acl_of(local.stat("net", Follow::yes, sftp::kAttrAcl)));
    const auto attrs = attrs_with({allow("EVERYONE@", kR)});
    CHECK(status(local.set_stat("comm", attrs)) == Status::op_unsupported);
}

}  // namespace
}  // namespace nacre::fs::test
