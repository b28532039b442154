"""A policy written by hand with every construct of the language, so that even a short run reaches each."""

ATLAS = """\
vocabulary world
codes Code "codes" form "A9[.9]"
  B1 "one"
type Score is integer 0 to 4
type Grade is low < mid < high
record Row
  start : date
  end : date
  score : Score
  grade : Grade
  flag : boolean
fact today : date
fact open : boolean
fact score : Score
fact grade : Grade
fact code : Code
fact rows : list of Row (at most 3)
always every row in rows has row.start <= row.end <= today

policy atlas
  uses world
  applies when code in {B1, B1.2, C3}
define good(row: Row) = row.flag or row.score >= 2
define limit = table grade
  when low : 1
  when any : 2
define late(day: date) = day within 2 months before today
define newest = latest row in rows by row.start
define oldest = earliest row in rows by row.end
criterion c.1
  require some row in rows has good(row)
  require every row in rows has late(row.end)
criterion c.2
  require count of (row in rows) <= limit
  require at most 1 row in rows have row.flag unless score < 2
criterion c.3
  require at least 2 row in rows have row.score <= 2
  require exactly 1 row in rows have row.grade is mid otherwise pend
criterion c.4
  require at least 1 of (open, score is 3, grade > low)
  require at most 1 of (open, score is 3, grade > low)
  require exactly 1 of (open, score is 3, grade > low)
criterion c.5
  require count of (distinct row.grade for row in rows) >= 2
  require sum of (row.score for row in rows where not row.flag) > 3
criterion c.6
  require highest of (row.score for row in rows, 0 if none) > 2
  require lowest of (row.score for row in rows, 0 if none) < 2
criterion c.7
  require days covered by (row.start to row.end for row in rows) >= 1 week
  require some row in newest has row.score <= 50% of score
  require some row in newest has today - row.end >= 1 week
criterion c.8
  require some row in oldest has row.score + 1 >= score
  require some day of (row.start for row in rows) has day < 2024-01-31
documentation c.9
  require
    reading one : year(today) <= 2023
    reading two : month(today) <= 2
  require day(today) <= 28 and month(today) >= 3
exclusion c.10
  exclude when c.1 is not met and not open
"""
