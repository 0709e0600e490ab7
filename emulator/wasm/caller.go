package wasm

import (
	"context"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// finders are the functions that find misuse, by the beginning of their names. Others are not worth the time.
var finders = []string{
	"espconn_", "ets_timer_", "system_os_", "system_deep_sleep", "system_get_rtc_time", "spi_flash_", "vPortFree", "pvPortRealloc",
	"esp_read_register", "esp_write_register", "os_printf_plus", "ets_sprintf", "ets_snprintf", "wifi_",
}

// listen lets the guest note where each call of these functions comes from: findings name it.
func listen(ctx context.Context) context.Context {
	factory := func(d api.FunctionDefinition) experimental.FunctionListener {
		if slices.ContainsFunc(finders, func(f string) bool { return strings.HasPrefix(d.Name(), f) }) {
			return experimental.FunctionListenerFunc(noteSite)
		}
		return nil
	}
	return experimental.WithFunctionListenerFactory(ctx, experimental.FunctionListenerFactoryFunc(factory))
}

// noteSite notes where a function is called.
func noteSite(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64, stack experimental.StackIterator) {
	c, ok := ctx.(guestContext)
	if ok && stack.Next() && stack.Next() { // this function, its caller
		c.guest.site = c.guest.image.module.Original(stack.Function().SourceOffsetForPC(stack.ProgramCounter()))
	}
}

// Caller returns file and line of the call of one of the finders under way, "" when there is none, "?" without debug
// information.
func (g *guest) Caller() string {
	if g.depth == 0 {
		return ""
	}
	if at := g.image.debug.Line(g.site); at != "" {
		return at
	}
	return "?"
}
