package playground

import (
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/cause"
)

// told is why a request was not carried out, in a language. What has no words stays as it is: the firmware's files, certificates and traces
// are told of by their own packages.
func told(err error, l cause.Language) string {
	return chinese.In(scenario.Told(err, l), l)
}

var chinese = cause.NewPhrases([][2]string{
	{"there is no lesson %q in C", "没有 C 语言课程 {1}"},
	{"the compiler is not there: the file can run as it stood only", "编译器不在：文件只能按原样运行"},
	{"there is no profile %q", "没有配置 {1}"},
	{"the certificates have more than %d bytes", "证书超过 {1} 字节"},
	{"%d presses of buttons: at most %d", "按键 {1} 次：最多 {2} 次"},
	{"a press of GPIO%d from %d ms for %d ms: give a pin from 0 to %d, and a time within the run",
		"GPIO{1} 的按键从 {2} ms 起持续 {3} ms：请给出 0 到 {4} 的引脚，以及运行之内的时间"},
	{"that is too long for the page: use the command emu8266", "对本页来说太长：请使用命令 emu8266"},
	{"there is no verb %q", "没有动作 {1}"},
	{"there is no event in it: write one with --trace FILE.jsonl", "其中没有事件：用 --trace FILE.jsonl 写一个"},
	{"%d seconds: give 1 to %d", "{1} 秒：请给出 1 到 {2}"},
})
