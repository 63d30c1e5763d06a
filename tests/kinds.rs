//! Inputs of each kind that people have, and the reading that they mean: revisions old to new with passes, crashes and runs
//! that say nothing, `//` between bisections. `?` begins a question, `!` what is said beside a reading. A word behind a
//! reading says how the order is known, where no column tells it; `=>` is the commit that was named.

use bisectstat::evidence::{Arranged, Bisection, Source};
use bisectstat::ingest::table::{Columns, Resolution};
use bisectstat::ingest::{Reading, read_with};

/// Tables as they lie in mailboxes, spreadsheets and artifacts of CI.
const TABLES: &str = r#"
=== hangs of iterations
commit,iterations,hangs
v6.1,50,0
v6.2,20,3
--- v6.1 50+0 v6.2 17+3 named
! passes = `iterations` - `hangs`
=== ok count run count
sha,ok_count,run_count
aaaaaaa1,50,50
aaaaaaa2,17,20
--- aaaaaaa1 50+0 aaaaaaa2 17+3 unknown
! crashes = `run_count` - `ok_count`
=== times reproduced of attempts
Commit,Times reproduced,Attempts
v1,0,50
v2,3,20
--- v1 50+0 v2 17+3 named
=== failed out of
commit,failed,out of
v1,0,50
v2,3,20
--- v1 50+0 v2 17+3 named
=== junit sums
commit,tests,failures,errors,skipped
v1,50,0,0,0
v2,20,3,0,0
--- ? --map crashes=failures
=== pytest style
commit,total,passed,failed,skipped
v1,50,48,0,2
v2,20,17,3,0
--- v1 48+0+2 v2 17+3 named
=== ok ko
commit,OK,KO
v1,50,0
v2,17,3
--- v1 50+0 v2 17+3 named
=== as many words as columns by chance
commit    run1      run2      run3
aaaaaaa1            not ok    ok
aaaaaaa2  not ok    not ok    ok
--- aaaaaaa1 1+1 aaaaaaa2 1+2 unknown
=== failure rate, percent signs
commit,Runs,Failure rate
v1,50,0%
v2,20,15 %
--- v1 50+0 v2 17+3 named
=== flake percent
commit,runs,flake %
v1,50,0
v2,20,15
--- v1 50+0 v2 17+3 named
! in per cent
=== rate in a decimal comma
commit;runs;fail_rate
v1;50;0,0
v2;20;0,15
--- v1 50+0 v2 17+3 named
=== German thousands
commit;runs;fails
v1;1.000;0
v2;1.000;3
--- ? 1.000 may be 1 or 1000
=== English thousands
commit,runs,fails
v1,"1,000",0
v2,"1,000",3
--- v1 1000+0 v2 997+3 named
=== floats of pandas
commit,runs,fails
v1,50.0,0.0
v2,20.0,3.0
--- v1 50+0 v2 17+3 named
=== count with its share
| commit | runs | failures |
|---|---|---|
| v1 | 50 | 0 (0%) |
| v2 | 20 | 3 (15%) |
--- v1 50+0 v2 17+3 named
=== share with its ratio
| commit | failures |
|---|---|
| v1 | 0% (0/50) |
| v2 | 15% (3/20) |
--- v1 50+0 v2 17+3 named
=== ratio below result
| commit | result |
|---|---|
| v1 | 0/50 |
| v2 | 3/20 |
--- ? --map crashes=result
=== ratio below pass
commit,pass
v1,50/50
v2,17/20
--- v1 50+0 v2 17+3 named
=== all passed in words
commit,result
v1,50 passed
v2,"17 passed, 3 failed"
--- v1 50+0 v2 17+3 named
=== several runs a row, numbered, one missing
commit,1,2,3
v1,ok,ok,ok
v2,ok,FAIL,
--- v1 3+0 v2 1+1 named
! a run in each of 3 columns
=== several runs a row with a remark
Commit | Try #1 | Try #2 | Remark
v1 | OK | OK | at night
v2 | crash | OK | at noon
--- v1 2+0 v2 1+1 named
=== tests in columns
commit,boot,suspend,resume
v1,pass,pass,pass
v2,pass,fail,pass
--- ? --map outcome=boot
=== spreadsheet says its separator
sep=;
commit;passes;fails
v1;50;0
v2;17;3
--- v1 50+0 v2 17+3 named
=== spreadsheet has a title and empty rows
Flaky shop test;;
;;
commit;passes;fails
v1;50;0
;;
v2;17;3
Summe;67;3
--- v1 50+0 v2 17+3 named
! line 7 holds sums
=== totals in the middle
commit,passes,fails
v1,50,0
Total,50,0
v2,17,3
Total,67,3
--- v1 50+0 v2 17+3 named
! lines 3, 5 hold sums
=== org mode
| commit  | runs | fails |
|---------+------+-------|
| v1      |   50 |     0 |
| v2      |   20 |     3 |
--- v1 50+0 v2 17+3 named
=== jira
||commit||runs||fails||
|v1|50|0|
|v2|20|3|
--- v1 50+0 v2 17+3 named
=== psql
 commit | runs | fails 
--------+------+-------
 v1     |   50 |     0
 v2     |   20 |     3
(2 rows)
--- v1 50+0 v2 17+3 named
=== pandas prints
         commit  passes  fails
0  aaaaaaa1aaaa      50      0
1  aaaaaaa2aaaa      17      3
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 unknown
=== R prints
        commit passes fails
1 aaaaaaa1aaaa     50     0
2 aaaaaaa2aaaa     17     3
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 unknown
=== polars prints
shape: (2, 3)
┌────────┬────────┬───────┐
│ commit ┆ passes ┆ fails │
│ ---    ┆ ---    ┆ ---   │
│ str    ┆ i64    ┆ i64   │
╞════════╪════════╪═══════╡
│ v1     ┆ 50     ┆ 0     │
│ v2     ┆ 17     ┆ 3     │
└────────┴────────┴───────┘
--- v1 50+0 v2 17+3 named
=== github workflow runs
{"total_count":2,"workflow_runs":[{"id":2,"head_sha":"aaaaaaa2aaaa","status":"completed","conclusion":"failure","run_attempt":1,"created_at":"2026-05-02T10:00:00Z"},{"id":1,"head_sha":"aaaaaaa1aaaa","status":"completed","conclusion":"success","run_attempt":1,"created_at":"2026-05-01T10:00:00Z"}]}
--- aaaaaaa1aaaa 1+0 aaaaaaa2aaaa 0+1 dated
=== data frame as JSON
{"commit":{"0":"v1","1":"v2"},"passes":{"0":50,"1":17},"fails":{"0":0,"1":3}}
--- v1 50+0 v2 17+3 named
=== data frame split
{"columns":["commit","passes","fails"],"index":[0,1],"data":[["v1",50,0],["v2",17,3]]}
--- v1 50+0 v2 17+3 named
=== jenkins test status
commit,status
v1,PASSED
v2,REGRESSION
v3,FAILED
v4,FIXED
--- v1 1+0 v2 0+1 v3 0+1 v4 1+0 named
=== ltp
commit,result
v1,TPASS
v2,TFAIL
v3,TCONF
v4,TBROK
--- v1 1+0 v2 0+1 v3 0+0+1 v4 0+0+1 named
! `TBROK`, `TCONF` are taken to say nothing
=== junit words
commit,result
v1,passed
v2,error
v3,error
--- v1 1+0 v2 0+0+1 v3 0+0+1 named
! `error` is taken to say nothing
=== ja nein
commit;abgestürzt
v1;nein
v2;ja
--- ? --map crashed=abgestürzt
=== ja nein under crashed
commit;crashed
v1;nein
v2;ja
--- v1 1+0 v2 0+1 named
=== fixed yes no
commit,fixed
v1,no
v2,yes
--- ? --map crashed=fixed
=== no crash
commit,no crash
v1,yes
v2,no
--- ? --map crashed='no crash'
=== bug present
commit,bug present?
v1,no
v2,yes
--- v1 1+0 v2 0+1 named
=== fail means it did
commit,reproduce attempt
v1,failed
v2,success
--- ? --map outcome='reproduce attempt'
=== http codes
commit,code
v1,200
v2,500
--- ? --map exit_code=code
=== date with German dots, newest first
datum;commit;passed;failed
02.05.2026;aaaaaaa2aaaa;17;3
01.05.2026;aaaaaaa1aaaa;50;0
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 dated
=== American two digit years, newest first
date,commit,passed,failed
5/14/26,aaaaaaa2aaaa,17,3
5/13/26,aaaaaaa1aaaa,50,0
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 dated
=== American with AM and PM, newest first
date,commit,passed,failed
5/14/2026 1:05 PM,aaaaaaa2aaaa,17,3
5/14/2026 9:05 AM,aaaaaaa1aaaa,50,0
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 dated
=== how long ago, newest first
when,commit,passed,failed
2 hours ago,aaaaaaa2aaaa,17,3
3 days ago,aaaaaaa1aaaa,50,0
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 dated
=== ISO week
week,commit,passed,failed
2026-W19,aaaaaaa2aaaa,17,3
2026-W18,aaaaaaa1aaaa,50,0
--- aaaaaaa1aaaa 50+0 aaaaaaa2aaaa 17+3 dated
=== newest first with commit date and a run of another day
sha,committed at,ran at,ok
bbbbbbb2bbbb,2026-05-02 10:00,2026-06-01 10:00,no
aaaaaaa1aaaa,2026-05-01 10:00,2026-06-02 10:00,yes
--- aaaaaaa1aaaa 1+0 bbbbbbb2bbbb 0+1
=== German dates as revisions
version,result
02.05.2026,fail
30.04.2026,pass
--- 30.04.2026 1+0 02.05.2026 0+1 named
=== month first in dates of revisions
nightly,result
12/31/2025,pass
01/02/2026,fail
01/14/2026,fail
--- 12/31/2025 1+0 01/02/2026 0+1 01/14/2026 0+1 named
=== release candidates, newest first
kernel,result
v6.2,fail
v6.2-rc2,fail
v6.2-rc1,pass
v6.1,pass
--- v6.1 1+0 v6.2-rc1 1+0 v6.2-rc2 0+1 v6.2 0+1 named
=== stable releases
kernel,passes,crashes
6.1.12,50,0
6.1.9,50,0
6.2,17,3
--- 6.1.9 50+0 6.1.12 50+0 6.2 17+3 named
=== git describe, newest first
commit,result
v5.18-rc1-120-gaaaaaaa2,fail
v5.18-rc1-9-gbbbbbbb1,pass
v5.18-rc1,pass
--- v5.18-rc1 1+0 v5.18-rc1-9-gbbbbbbb1 1+0 v5.18-rc1-120-gaaaaaaa2 0+1 named
=== age
age,commit,passed,failed
1,aaaaaaa2aaaa,17,3
3,aaaaaaa1aaaa,50,0
--- aaaaaaa2aaaa 17+3 aaaaaaa1aaaa 50+0 unknown
! not used: `age`
=== subtests
commit,subtest,outcome
v1,a,pass
v1,b,pass
v2,a,pass
v2,b,fail
--- ? --map test=subtest
=== yes and no of another column
asan,commit,outcome
yes,v1,pass
no,v1,pass
yes,v2,fail
no,v2,pass
--- ? --map test=asan
=== a column called test with results
commit,boot,test
v1,pass,pass
v2,pass,fail
--- ? --map outcome=boot
=== two tables put together
commit,outcome
v1,pass
commit,outcome
v2,fail
--- v1 1+0 v2 0+1 named
=== two tests below headings
Before the patch:

| commit | fails/runs |
|---|---|
| v1 | 0/20 |
| v2 | 3/20 |

## After the patch

| commit | fails/runs |
|---|---|
| v1 | 0/9 |
| v2 | 0/9 |
--- v1 20+0 v2 17+3 named // v1 9+0 v2 9+0 named
=== two tests below comments
# x86
commit,passes,crashes
v1,20,0
v2,17,3

# arm64
commit,passes,crashes
v1,9,0
v2,8,1
--- v1 20+0 v2 17+3 named // v1 9+0 v2 8+1 named
=== two tests in columns of spaces
x86:
commit   runs   fails
v1       20     0
v2       20     3

arm64:
commit   runs   fails
v1       9      0
v2       9      1
--- v1 20+0 v2 17+3 named // v1 9+0 v2 8+1 named
=== the same table twice, with nothing between
| commit | fails/runs |
|---|---|
| v1 | 0/20 |
| v2 | 3/20 |

| commit | fails/runs |
|---|---|
| v1 | 0/9 |
| v2 | 1/9 |
--- ? line 6 is the header again
=== the same header twice behind an empty line
commit,passes,crashes
v1,20,0

commit,passes,crashes
v1,9,1
--- ? write a name above each table
=== a table that goes on behind an empty line
commit,passes,crashes
v1,20,0

commit,passes,crashes
v2,17,3
--- v1 20+0 v2 17+3 named
! line 4 is the header again
=== psql twice
 commit | runs | fails
--------+------+-------
 v1     |   50 |     0
(1 row)

 commit | runs | fails
--------+------+-------
 v2     |   20 |     3
(1 row)
--- v1 50+0 v2 17+3 named
! line 6 is the header again
=== the year first, in two digits, newest first
sha,date,result
ccccccc,26-05-03,fail
bbbbbbb,26-04-30,pass
aaaaaaa,26-04-12,pass
--- aaaaaaa 1+0 bbbbbbb 1+0 ccccccc 0+1 dated
=== two digits that may be a year or a day
sha,date,result
aaaaaaa,05-03-04,pass
bbbbbbb,04-05-06,fail
--- ? or the year; write them as 2026-05-04
=== the time before the date, newest first
sha,date,result
bbbbbbb,12:30 PM 5/13/2026,fail
aaaaaaa,12:10 AM 5/13/2026,pass
--- aaaaaaa 1+0 bbbbbbb 0+1 dated
=== a ticket where a run failed
commit,issue,result
v1,,pass
v2,JIRA-3,fail
v3,JIRA-4,fail
--- v1 1+0 v2 0+1 v3 0+1 named
! not used: `issue`
=== a dash where there is no ticket
commit,result,bug
v1,pass,-
v2,fail,BUG-2
--- v1 1+0 v2 0+1 named
! not used: `bug`
=== a ticket of its own for each revision
commit,issue,result
v1,A-1,pass
v2,A-2,fail
--- ? --map shard=issue
=== several bugs
bug,commit,result
A-1,v1,pass
A-1,v2,fail
A-2,v1,pass
A-2,v2,pass
--- v1 1+0 v2 0+1 named // v1 1+0 v2 1+0 named
! split by `bug` (2 values)
=== a device in some rows
commit,device,result
v1,pixel,pass
v1,,pass
v2,pixel,fail
v2,moto,pass
--- ? --map shard=device
=== hashes that a spreadsheet took for numbers
commit,result
1.23457E+11,pass
4.5E+07,fail
--- ? a spreadsheet made of a hash
=== one hash that a spreadsheet took for a number
commit,result
aaaaaaa1,pass
1e+07,pass
bbbbbbb1,fail
--- aaaaaaa1 1+0 bbbbbbb1 0+1 unknown
! found "1e+07", which a spreadsheet made of a hash
=== sums in Chinese
commit,passes,crashes
v1,20,0
v2,17,3
合计,37,3
--- v1 20+0 v2 17+3 named
! line 4 holds sums
=== one revision and its sum
commit,passes,crashes
v1,20,3
Total:,20,3
--- v1 20+3
! line 3 holds sums
=== words that nobody knows
commit,result
v1,weird
v2,odd
--- ? line 2: found the outcome "weird"
=== names that are none
revision,result
svn r12345,fail
svn r9999,pass
--- ? --map commit=COLUMN
=== a verdict with a share behind it
commit,result
v1,PASS (20/20)
v2,FAIL (17/20)
--- ? --map passes=result if those that passed
=== shares behind words that count what the word says
commit,result
v1,passed 20/20
v2,failed 20/20
v3,failed 3/20
--- v1 20+0 v2 0+20 v3 17+3 named
=== seconds since 1970 with a fraction, newest first
sha,created,result
bbbbbbb,1777700000.5,fail
aaaaaaa,1777600000.0,pass
--- aaaaaaa 1+0 bbbbbbb 0+1 dated
=== compact moments, newest first
sha,date,result
bbbbbbb,20260504T091112Z,fail
aaaaaaa,20260503T111112Z,pass
--- aaaaaaa 1+0 bbbbbbb 0+1 dated
=== zones by name
sha,date,result
ccccccc,2026-05-03 10:00 PDT,fail
bbbbbbb,2026-05-03 16:00 UTC,pass
aaaaaaa,2026-05-03 11:00 CEST,pass
--- aaaaaaa 1+0 bbbbbbb 1+0 ccccccc 0+1 dated
=== German months, newest first
sha,date,result
ccccccc,4. Mai 2026,fail
bbbbbbb,3. Mai 2026,pass
aaaaaaa,12. März 2026,pass
--- aaaaaaa 1+0 bbbbbbb 1+0 ccccccc 0+1 dated
=== how long ago in short, newest first
sha,started,result
ccccccc,5m ago,fail
bbbbbbb,3h ago,pass
aaaaaaa,2d ago,pass
--- aaaaaaa 1+0 bbbbbbb 1+0 ccccccc 0+1 dated
=== dates that nobody can read
sha,date,result
bbbbbbb,2026-05-03 10:00 CST,fail
aaaaaaa,in spring,pass
--- ? found "2026-05-03 10:00 CST" in the column "date"
=== one empty place, newest first
sha,order,result
ccccccc,3,fail
bbbbbbb,,pass
aaaaaaa,1,pass
--- aaaaaaa 1+0 bbbbbbb 1+0 ccccccc 0+1
! 1 revision without a place in `order` stands as its row does
=== one empty place among rows in no order
sha,date,result
ccccccc,2026-05-03,fail
bbbbbbb,,pass
aaaaaaa,2026-05-01,pass
ddddddd,2026-05-02,pass
--- ? line 3: the revision "bbbbbbb" has no place in the column "date"
=== one empty date beside names that count
version,date,result
1.10,2026-05-01,fail
1.9,,pass
1.8,2026-05-03,pass
1.7,2026-05-02,pass
--- 1.7 1+0 1.8 1+0 1.9 1+0 1.10 0+1 named
! not used: `date`
=== the date of the author and of the commit
sha,author date,committer date,result
aaaaaaa,2026-05-03,2026-05-01,pass
bbbbbbb,2026-05-01,2026-05-02,fail
--- aaaaaaa 1+0 bbbbbbb 0+1
! old to new by `committer date`
=== a count with an x
commit,count,result
v1,20x,pass
v2,17x,pass
v2,3x,fail
--- v1 20+0 v2 17+3 named
=== a count that is not a number
commit,count,result
v1,many,pass
v2,3,fail
v2,few,fail
--- ? found "many" in the column "count"
=== retries beside the last run
commit,result,retries
v1,pass,0
v2,pass,2
--- ? --map shard=retries
=== no retries
commit,result,retries
v1,pass,0
v2,fail,0
--- v1 1+0 v2 0+1 named
=== attempts beside a run that passed
commit,result,attempts
v1,pass,1
v2,pass,3
--- ? --map count=attempts if all did
=== versions of something else
commit,node_version,result
v1,18,pass
v1,20,fail
v2,18,fail
v2,20,pass
--- ? --map test=node_version
=== numbers of threads at each revision
commit,threads,result
v1,1,pass
v1,4,pass
v2,1,pass
v2,4,fail
--- ? --map test=threads
=== runs that are counted
commit,round no,result
v1,1,pass
v1,2,pass
v2,1,pass
v2,2,fail
--- v1 2+0 v2 1+1 named
=== builds of a version
version,build,result
1.0,12,pass
1.0,13,pass
1.1,14,fail
--- ? --map commit=version
=== a run that two exports have
sha,run_id,run_attempt,result
v1,900,1,pass
v1,900,1,pass
v1,900,2,pass
v2,901,1,fail
--- v1 2+0 v2 0+1 named
! line 3 repeats an earlier one
=== one of a hundred, or all
commit,fail_rate,n
v1,0,100
v2,1,100
--- ? write 1 %
=== per cent by numbers that are no shares
commit,pass_rate,n
v1,99.5,200
v2,97.5,200
--- v1 199+1 v2 195+5 named
=== shares that are whole runs in one way only
commit,fail_rate,n
v1,0,20
v2,1,20
--- v1 20+0 v2 0+20 named
=== tests and failures
commit,tests,failures
v1,20,0
v2,20,3
--- v1 20+0 v2 17+3 named
=== a verdict beside the number of tests
commit,tests,result
v1,120,pass
v2,120,fail
--- v1 1+0 v2 0+1 named
! not used: `tests`
=== ran and failed
commit,ran,failed
v1,20,0
v2,20,3
--- v1 20+0 v2 17+3 named
=== boots and boot failures
commit,Boots,Boot failures
v1,20,0
v2,20,3
--- v1 20+0 v2 17+3 named
=== the total in the name, in brackets
commit,failures (of 20)
v1,0
v2,3
--- v1 20+0 v2 17+3 named
! passes = 20 - `failures (of 20)`
=== the total in the name, behind a slash
commit,passed/20
v1,20
v2,17
--- v1 20+0 v2 17+3 named
=== the total in the name, as n
commit,fails (n=20)
v1,0
v2,21
--- v1 20+0
! 21 runs are counted, and 20
=== addresses of commits
commit,result
https://example.org/o/r/commit/aaaaaaa1234567890,pass
https://example.org/o/r/commit/bbbbbbb1234567890#diff-1,fail
--- aaaaaaa1234567890 1+0 bbbbbbb1234567890 0+1 unknown
=== signs of jira
||commit||result||
|v1|(/)|
|v2|(x)|
--- v1 1+0 v2 0+1 named
=== German
Version;Läufe;Fehler
1.0;20;0
1.1;20;3
--- 1.0 20+0 1.1 17+3 named
=== German words
commit,Ergebnis
v1,bestanden
v2,fehlgeschlagen
--- v1 1+0 v2 0+1 named
=== a German word that may be either
commit,Ergebnis
v1,erfolgreich
v2,Fehler
--- v1 1+0
! found the outcome "Fehler"
=== French
révision;réussis;échoués
r100;20;0
r101;17;3
--- r100 20+0 r101 17+3 named
=== French words
commit,résultat
v1,réussi
v2,échec
--- v1 1+0 v2 0+1 named
=== Chinese
版本,通过,失败
v1.0,20,0
v1.1,17,3
--- v1.0 20+0 v1.1 17+3 named
=== Chinese words
commit,结果
v1,通过
v2,失败
--- v1 1+0 v2 0+1 named
=== failures in words
commit,result
v1,no failures in 20 runs
v2,3 failures in 20 runs
--- v1 20+0 v2 17+3 named
=== words with an x
commit,result
v1,pass x20
v2,pass x17 fail x3
--- v1 20+0 v2 17+3 named
=== per cent of nothing
commit,result
v1,100%
v2,85%
--- ? --map pass_rate=result,total=COLUMN
=== two kinds of failures
commit,baseline_fail,patched_fail,runs
v1,0,3,20
v2,0,4,20
--- ? --map crashes=baseline_fail
=== two platforms in columns
commit,arm64_pass,arm64_fail,x86_pass,x86_fail
v1,20,0,20,0
v2,20,0,17,3
--- ? --map passes=arm64_pass,crashes=arm64_fail
=== two columns of one name
commit,result,result
v1,pass,pass
v2,fail,pass
--- ? found two columns "result"
=== passes that are no numbers
commit,passes,crashes
v1,x,0
--- ? found "x" in the column "passes"
=== bug, 0 and 1
commit,bug
v1,0
v2,1
--- v1 1+0 v2 0+1 named
=== zeros alone
commit,status
v1,0
v2,0
--- ? found only 0 or 1
=== pivot with dashes
commit,PASS,FAIL
v1,50,-
v2,17,3
--- v1 50+0 v2 17+3 named
=== pivot with NaN
commit,PASS,FAIL
v1,50.0,NaN
v2,17.0,3.0
--- v1 50+0 v2 17+3 named
=== passes, fails and inconclusive
commit,pass,fail,inconclusive
v1,50,0,2
v2,17,3,1
--- v1 50+0+2 v2 17+3+1 named
=== passes, fails and timeouts
commit,pass,fail,timeout
v1,50,0,0
v2,17,2,1
--- ? --map crashes=fail
=== hash in capitals and short
commit,outcome
AAAAAAA1BBBB,pass
aaaaaaa1,fail
aaaaaaa2cccc,fail
--- aaaaaaa1bbbb 1+1 aaaaaaa2cccc 0+1 unknown
=== links to commits
| Commit | Result |
|---|---|
| [aaaaaaa1](https://x/c/aaaaaaa1) | :white_check_mark: |
| [aaaaaaa2](https://x/c/aaaaaaa2) | :x: |
--- aaaaaaa1 1+0 aaaaaaa2 0+1 unknown
=== more than u32
commit,passes,fails
v1,4294967296,0
v2,17,3
--- v2 17+3
! at most 4294967295
=== no failures
commit,no. of failures,no. of runs
v1,0,50
v2,3,20
--- v1 50+0 v2 17+3 named
=== mail with a table, quoted
Hi all,

> | commit | passed | failed |
> |--------|--------|--------|
> | v1     | 50     | 0      |
> | v2     | 17     | 3      |

Thanks
--- v1 50+0 v2 17+3 named
=== slack code fence
Results so far:
```
commit   runs fails
v1       50   0
v2       20   3
```
--- v1 50+0 v2 17+3 named
=== LKP boot_failures style
+-------------------------------------------+------------+------------+
|                                           | aaaaaaa1aa | bbbbbbb1bb |
+-------------------------------------------+------------+------------+
| boot_successes                            | 20         | 17         |
| boot_failures                             | 0          | 3          |
| WARNING:at_x                              | 0          | 3          |
+-------------------------------------------+------------+------------+
--- aaaaaaa1aa 20+0 bbbbbbb1bb 17+3
=== LKP three columns
       v6.1-rc1 aaaaaaa1aaaaaaaaaaaa2222222 bbbbbbb1bbbbbbbbbbbbb22222222 
---------------- --------------------------- --------------------------- 
       fail:runs  %reproduction    fail:runs  %reproduction    fail:runs
           |             |             |             |             |    
           :20          15%           3:20          50%          10:20   dmesg.WARNING:x
--- v6.1-rc1 20+0 aaaaaaa1aaaaaaaaaaaa2222222 17+3 bbbbbbb1bbbbbbbbbbbbb22222222 10+10
=== words only with colon
v6.1: good
v6.2-rc1: good
v6.2-rc2: bad
--- v6.1 1+0 v6.2-rc1 1+0 v6.2-rc2 0+1 named
=== yes and no in several columns
commit,run 1,run 2
v1,yes,yes
v2,yes,no
--- ? --map crashed='run 1'
"#;
/// What git and other tools print, and what people write beside it.
const TOLD: &str = r#"
=== git -C
user@box:~$ git -C linux bisect start v6.2 v6.1
user@box:~$ git -C linux bisect bad v6.2
Bisecting: 1 revision left to test after this (roughly 1 step)
[17f632e0bfa571c938d079c825b81efb80298d28] commit 3
user@box:~$ git -C linux bisect good
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
user@box:~$ git -C linux bisect bad
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first bad commit
--- v6.2 0+1 v6.1 1+0 17f632e 1+0 a70632c 0+1 => a70632c
=== alias
$ g bisect start v6.2 v6.1
Bisecting: 1 revision left to test after this (roughly 1 step)
[17f632e0bfa571c938d079c825b81efb80298d28] commit 3
$ g bisect good
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
$ g bisect bad
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first bad commit
--- v6.2 0+1 v6.1 1+0 17f632e 1+0 a70632c 0+1 => a70632c
=== fish
user@box ~/src/linux (17f632e0b|BISECTING)> git bisect start v6.2 v6.1
Bisecting: 1 revision left to test after this (roughly 1 step)
[17f632e0bfa571c938d079c825b81efb80298d28] commit 3
user@box ~/src/linux (17f632e0b|BISECTING)> git bisect good
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
user@box ~/src/linux (a70632c42|BISECTING) [1]> git bisect bad
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first bad commit
--- v6.2 0+1 v6.1 1+0 17f632e 1+0 a70632c 0+1 => a70632c
=== powershell with posh-git
C:\src [master ≡]> git bisect start v6.2 v6.1
Bisecting: 1 revision left to test after this (roughly 1 step)
[17f632e0bfa571c938d079c825b81efb80298d28] commit 3
C:\src [(17f632e...)|BISECTING]> git bisect good
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
C:\src [(a70632c...)|BISECTING]> git bisect bad
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first bad commit
--- v6.2 0+1 v6.1 1+0 17f632e 1+0 a70632c 0+1 => a70632c
=== HEAD named each time
$ git bisect start
$ git bisect bad HEAD
$ git bisect good v6.1
Bisecting: 1 revision left to test after this (roughly 1 step)
[17f632e0bfa571c938d079c825b81efb80298d28] commit 3
$ git bisect good HEAD
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
$ git bisect bad HEAD
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first bad commit
--- HEAD 0+1 v6.1 1+0 17f632e 1+0 a70632c 0+1 => a70632c
=== old new
$ git bisect start
$ git bisect new v6.2
$ git bisect old v6.1
Bisecting: 0 revisions left to test after this (roughly 0 steps)
[a70632c42d966243b27944e7184fa0c9d7b3e636] commit 4
$ git bisect new
a70632c42d966243b27944e7184fa0c9d7b3e636 is the first new commit
--- v6.2 0+1 v6.1 1+0 a70632c 0+1 => a70632c
! --map crashes=old
=== terms unfixed fixed
git bisect start --term-old broken --term-new fixed
# fixed: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] x
git bisect fixed 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# broken: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] y
git bisect broken 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
--- 1a2b3c4 1+0 2a2b3c4 0+1
=== counts: many ways
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] head
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # failed 3 times in 20
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] old
git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 20/20 ok
# good: [3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m1
git bisect good 3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 20 runs OK
# bad: [4a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m2
git bisect bad 4a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # reproduced 2/20
# bad: [5a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m3
git bisect bad 5a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 3x fail, 17x pass
# good: [6a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m4
git bisect good 6a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # no failure in 20 runs
# bad: [7a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m5
git bisect bad 7a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 10% of 20
# bad: [8a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m6
git bisect bad 8a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # fails 3 out of 20
# good: [9a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m7
git bisect good 9a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # passed 20 times
# bad: [aa2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] m8
git bisect bad aa2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # crash after 3 runs
--- 1a2b3c4 17+3 2a2b3c4 20+0 3a2b3c4 20+0 4a2b3c4 18+2 5a2b3c4 17+3 6a2b3c4 20+0 7a2b3c4 0+1 8a2b3c4 17+3 9a2b3c4 20+0 aa2b3c4 0+1
! which runs failed
=== bare ratios whose sense the verdicts tell
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] head
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 3/20
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] old
git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 0/20
--- 1a2b3c4 17+3 2a2b3c4 20+0
! read as crashes of runs
=== bare ratios that count passes
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] head
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 17/20
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] old
git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 20/20
--- 1a2b3c4 17+3 2a2b3c4 20+0
! read as passes of runs
=== bare ratios open
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] head
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3 # 17/20
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] old
git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
--- 1a2b3c4 0+1 2a2b3c4 1+0
! which runs failed
=== verdict list in a mail
Tested:
1a2b3c41a2b3 good
2a2b3c41a2b3 good
3a2b3c41a2b3 bad
--- 1a2b3c41a2b3 1+0 2a2b3c41a2b3 1+0 3a2b3c41a2b3 0+1 unknown
=== wrapped by a mail program
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a very long subject of a
commit that goes on
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] another
git bisect good
2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# bad: [3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] c
git bisect bad
3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
--- 1a2b3c4 0+1 2a2b3c4 1+0 3a2b3c4 0+1
=== several bisections, one file
git bisect start
# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a
git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] b
git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# first bad commit: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a

git bisect start
# bad: [3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a
git bisect bad 3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# good: [4a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] b
git bisect good 4a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
# first bad commit: [3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a
--- 1a2b3c4 0+1 2a2b3c4 1+0 => 1a2b3c4 // 3a2b3c4 0+1 4a2b3c4 1+0 => 3a2b3c4
=== hg short flags
hg bisect -r
hg bisect -b tip
hg bisect -g 1.0
Testing changeset 150:aaaaaaaaaaaa (3 changesets remaining, ~1 tests)
hg bisect -b
Testing changeset 149:bbbbbbbbbbbb (1 changesets remaining, ~0 tests)
hg bisect -g
The first bad revision is:
changeset:   150:aaaaaaaaaaaa
user:        A <a@example.org>
--- tip 0+1 1.0 1+0 aaaaaaaaaaaa 0+1 bbbbbbbbbbbb 1+0 => aaaaaaa
=== hg fix
Changeset 1:aaaaaaaaaaaa: bad
Changeset 9:bbbbbbbbbbbb: good
Changeset 5:cccccccccccc: bad
Changeset 7:dddddddddddd: good
The first good revision is:
changeset:   7:dddddddddddd
--- aaaaaaaaaaaa 0+1 bbbbbbbbbbbb 1+0 cccccccccccc 0+1 dddddddddddd 1+0 => ddddddd
=== mozregression of today
 0:03.22 INFO: Testing good and bad builds to ensure that they are really good and bad...
 0:55.02 INFO: Running mozilla-central build for 2026-01-01
 0:58.00 INFO: build_date: 2026-01-01
 0:58.00 INFO: application_version: 140.0a1
Was this nightly build good, bad, or broken? (type 'good', 'bad', 'skip', 'retry', 'back' or 'exit' and press Enter): good
 1:55.02 INFO: Running mozilla-central build for 2026-01-09
Was this nightly build good, bad, or broken? (type 'good', 'bad', 'skip', 'retry', 'back' or 'exit' and press Enter): bad
 2:55.02 INFO: Running mozilla-central build for 2026-01-05
Was this nightly build good, bad, or broken? (type 'good', 'bad', 'skip', 'retry', 'back' or 'exit' and press Enter): bad
 3:22.18 INFO: Narrowed nightly regression window from [2026-01-01, 2026-01-09] (8 days) to [2026-01-01, 2026-01-05] (4 days) (~2 steps left)
 3:55.02 INFO: Running mozilla-central build for 2026-01-03
Was this nightly build good, bad, or broken? (type 'good', 'bad', 'skip', 'retry', 'back' or 'exit' and press Enter): good
 4:22.18 INFO: Narrowed nightly regression window from [2026-01-01, 2026-01-05] (4 days) to [2026-01-03, 2026-01-05] (2 days) (~1 steps left)
--- 2026-01-09 0+1 2026-01-05 0+1 2026-01-01 1+0 2026-01-03 1+0
=== bazelisk
--- Getting the list of commits between 5.0.0 and HEAD
Found 3 commits between (5.0.0, HEAD]
--- Verifying if the given good Bazel commit (5.0.0) is actually good
--- Testing with Bazel built at aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, 3 commits remaining...
--- Succeeded at aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
--- Start bisecting
--- Testing with Bazel built at bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, 1 commits remaining...
--- Failed at bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
--- Bisect Result
first bad commit is bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
--- 5.0.0 1+0 HEAD 0+1 aaaaaaa 1+0 bbbbbbb 0+1 => bbbbbbb
=== asciinema
{"version": 2, "width": 80, "height": 24}
[0.1, "o", "$ git bisect start v6.2 v6.1\r\n"]
[0.2, "o", "Bisecting: 1 revision left to test after this (roughly 1 step)\r\n"]
[0.3, "o", "[17f632e0bfa571c938d079c825b81efb80298d28] commit 3\r\n$ git bisect good\r\n"]
--- ? asciinema cat
=== Markdown list of the log
1. `git bisect start`
2. `git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3`
3. `git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3`
4. `git bisect good 3a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3`
--- 1a2b3c4 0+1 2a2b3c4 1+0 3a2b3c4 1+0
=== log with leading numbers of an editor
     1	git bisect start
     2	# bad: [1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] a
     3	git bisect bad 1a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
     4	# good: [2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3] b
     5	git bisect good 2a2b3c41a2b3c41a2b3c41a2b3c41a2b3c41a2b3
--- 1a2b3c4 0+1 2a2b3c4 1+0
"#;
/// The kinds: a name, an input, and what must come of it.
fn kinds(text: &'static str) -> impl Iterator<Item = (&'static str, String, Vec<&'static str>)> {
    text.split("\n=== ").filter(|block| !block.trim().is_empty()).map(|block| {
        let (name, rest) = block.split_once('\n').unwrap();
        let (input, wanted) = rest.rsplit_once("\n--- ").unwrap();
        (name.trim_start_matches("=== "), format!("{input}\n"), wanted.trim_end().split('\n').collect())
    })
}

fn shown(bisection: &Bisection) -> String {
    let steps = bisection.steps.iter().map(|step| {
        let counts = step.counts();
        let voids = if counts.voids > 0 { format!("+{}", counts.voids) } else { String::new() };
        let name = step.commit.to_string();
        let short = if name.len() == 40 { &name[..7] } else { &name };
        format!("{short} {}+{}{voids}", counts.passes, counts.crashes)
    });
    let mut shown = steps.collect::<Vec<_>>().join(" ");
    shown += match bisection.arranged {
        Arranged::Told => "",
        Arranged::Named => " named",
        Arranged::Dated => " dated",
        Arranged::Unknown => " unknown",
    };
    if let Some(culprit) = &bisection.culprit {
        shown.push_str(" => ");
        shown.extend(culprit.commit.to_string().chars().take(7));
    }
    shown
}

fn reading(input: &str) -> Result<(String, Vec<String>), String> {
    let read =
        read_with(input.as_bytes(), &Source::new("input"), &Columns::new()).map_err(|error| error.to_string())?;
    let Reading { bisections, problems, tables, .. } = read;
    let beside = problems.iter().map(|problem| problem.flaw.to_string());
    let beside = beside.chain(tables.iter().filter_map(Resolution::inferred)).collect();
    Ok((bisections.iter().map(shown).collect::<Vec<_>>().join(" // "), beside))
}

/// Every kind as it is read; the ones that are read otherwise are told together.
fn each_is_read(text: &'static str) {
    let mut wrong = Vec::new();
    for (name, input, wanted) in kinds(text) {
        let read = reading(&input);
        let (first, others) = wanted.split_first().unwrap();
        let right = match (&read, first.strip_prefix("? ")) {
            (Err(asked), Some(fragment)) => asked.contains(fragment),
            (Ok((found, _)), None) => found == first,
            _ => false,
        };
        let beside = read.as_ref().map(|(_, beside)| beside.join("\n")).unwrap_or_default();
        let said = others.iter().filter_map(|other| other.strip_prefix("! ")).all(|fragment| beside.contains(fragment));
        if !(right && said) {
            wrong.push(format!("{name}: {wanted:?}\n  {read:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_of_people() {
    each_is_read(TABLES);
}

#[test]
fn what_git_and_others_print() {
    each_is_read(TOLD);
}
