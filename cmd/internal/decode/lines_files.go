package decode

// fileRules read errors of SPIFFS, the file system that many firmwares have in their flash: the SDK has none. Facts: spiffs.h, public.
var fileRules = []rule{
	kind([]string{"-100"}, `(?i)\b(?:spiffs|mount|fs|open|read|write|file|err(?:or|no)?)\b.{0,30}?(-100[0-3]\d)\b`, func(r *reader, m []string) bool {
		n := number(m[1])
		why, known := fileErrors[n]
		if known {
			r.notOurs(words{"error %d of SPIFFS, a file system, not of the SDK: %s", "文件系统 SPIFFS 的错误 %d，不是 SDK 的：%s"}, n, r.say(why))
		} else {
			r.notOurs(words{"error %d of SPIFFS, a file system, not of the SDK", "文件系统 SPIFFS 的错误 %d，不是 SDK 的"}, n)
		}
		return true
	}),
	kind([]string{"flash read err"}, `flash read err,\s*([0-9a-f]+)`, func(r *reader, m []string) bool {
		r.notOurs(words{"the boot ROM found no program at 0x%s of the flash: burn the loader or the image at 0x00000, with the flash's " +
			"mode and size (`emu8266 flash info FILE` says what an image holds); a supply that breaks down says so, too",
			"引导 ROM 在 flash 的 0x%s 处没有找到程序：把引导程序或镜像烧录到 0x00000，并使用正确的 flash 模式和容量（`emu8266 flash info FILE` 显示镜像内容）；" +
				"供电不足时也会如此"}, m[1])
		return true
	}),
}

var fileErrors = map[int64]words{
	-10000: {"it is not mounted", "未挂载"}, -10001: {"it is full", "已满"}, -10002: {"there is no such file", "没有该文件"},
	-10007: {"too many files are open", "打开的文件过多"}, -10010: {"the file is not open", "文件未打开"},
	-10024: {"it is not configured", "未配置"},
	-10025: {"there is none at this place of the flash: format it, or look at its address and sizes", "flash 的该位置没有文件系统：格式化，或检查其地址和大小"},
	-10026: {"it is mounted already", "已挂载"}, -10027: {"an erase failed", "擦除失败"},
	-10028: {"its size does not suit the magic number", "其大小与 magic 不符"}, -10030: {"the file exists already", "文件已存在"},
}
