// Package lessons reads the lessons of docs/lessons, and checks what a learner makes of their exercises.
//
// An exercise is a txtar file beside the lessons: its task in two languages, the script to begin with (start), the lines of it that must
// stay (keep), and checks. A check is played by itself: the learner's commands, then the check's expectations. Its lines can be
//
//	expect ...          a command of the scenario language, behind the learner's
//	with: LINE => LINE  the learner's line is another one in this check
//	line: LINE          the learner's script must have this line
//
// The score is the share of checks that hold. What the device's own explanation says to change is the hint for those that do not.
package lessons
