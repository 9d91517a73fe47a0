// The mapping between the protocol's ACLs and POSIX ACLs.
#include "acl_rig.hpp"
#include "support/hex.hpp"

#include <random>
#include <set>

namespace nacre::fs::test {
namespace {

using nacre::test::from_hex;

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

}  // namespace
}  // namespace nacre::fs::test
