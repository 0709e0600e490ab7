package build

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

// numbers64 are calls of the C library with what they return, as C of 1999 (7.20, 7.21), the manual of newlib and POSIX have it.
var numbers64 = []struct {
	call string
	want int64
}{
	{`llabs(-5000000000LL)`, 5000000000}, {`atoll(" -5000000000x")`, -5000000000}, {`strtoll("0x7fffffffffffffff", 0, 16)`, math.MaxInt64},
	{`strtoll("9223372036854775808", 0, 10)`, math.MaxInt64}, {`strtoll("-9223372036854775808", 0, 0)`, math.MinInt64},
	{`strtoll("-99999999999999999999", 0, 0)`, math.MinInt64}, {`strtoull("18446744073709551615", 0, 10) == 18446744073709551615ULL`, 1},
	{`strtoull("18446744073709551616", 0, 10) == 18446744073709551615ULL`, 1}, {`strtol("-2147483648", 0, 10)`, math.MinInt32},
	{`strtol("-2147483649", 0, 10)`, math.MinInt32}, {`strtol("2147483648", 0, 10)`, math.MaxInt32},
	{`strtoul("-1", 0, 10)`, math.MaxUint32},
	{`div(-7, 2).quot`, -3}, {`div(-7, 2).rem`, -1}, {`ldiv(7, -2).rem`, 1}, {`(int)(strtof("2.5", 0) * 2)`, 5},
	{`index("abcb", 'b') - "abcb" == 1`, 1}, {`rindex(word, 'b') - word`, 3}, {`index(word, 'z') == 0`, 1},
	{`bcmp("ab", "ac", 1)`, 0}, {`bcmp("ab", "ac", 2) != 0`, 1}, {`ffs(0)`, 0}, {`ffs(0x50)`, 5}, {`ffs(1 << 31)`, 32},
	{`isblank('\t') && !isblank('\n')`, 1}, {`isascii(128)`, 0}, {`toascii(0xc1)`, 'A'}, {`strcoll("a", "b") < 0`, 1},
	{`(char *)memrchr(word, 'b', 3) - word`, 1}, {`memrchr(word, 'b', 1) == 0`, 1},
	{`strlcpy(to, "abcdef", 4)`, 6}, {`strcmp(to, "abc")`, 0}, {`strlcat(to, "xyz", 5)`, 6}, {`strcmp(to, "abcx")`, 0},
	{`strlcat(to, "xyz", 2)`, 5}, {`strlcpy(to, "", 0)`, 0}, {`strcmp(to, "abcx")`, 0}, {`strcmp(strupr(to), "ABCX")`, 0},
	{`strcmp(strlwr(to), "abcx")`, 0}, {`strcmp(strndup(to, 2), "ab")`, 0}, {`strcmp(strndup(to, 9), "abcx")`, 0},
	{`(char *)mempcpy(to, "xy", 2) - to`, 2}, {`strcmp(to, "xycx")`, 0}, {`(char *)memccpy(to, "1234", '2', 4) - to`, 2},
	{`strcmp(to, "12cx")`, 0}, {`memccpy(to, "789", '2', 3) == 0`, 1}, {`strcmp(to, "789x")`, 0},
	{`(bcopy(to, to + 1, 3), strcmp(to, "7789"))`, 0},
	{`strcmp(strsep(&rest, ",;"), "one")`, 0}, {`strcmp(strsep(&rest, ",;"), "")`, 0}, {`strcmp(strsep(&rest, ",;"), "two")`, 0},
	{`strsep(&rest, ",;") == 0`, 1},
	{`found(1)`, 0}, {`found(4)`, 1}, {`found(6)`, 2}, {`found(9)`, 3}, {`found(12)`, 4},
	{`found(0)`, -1}, {`found(7)`, -1}, {`found(13)`, -1},
}

// The C library's functions beyond those of TestLibrary.
func TestLibraryNumbers(t *testing.T) {
	needTools(t)
	var calls strings.Builder
	var texts []string
	for i, tc := range numbers64 {
		fmt.Fprintf(&calls, "\tshow(%d, %s);\n", i, tc.call)
		texts = append(texts, fmt.Sprintf("%d: %08x%08x\n", i, uint64(tc.want)>>32, uint32(tc.want)))
	}
	bootFiles(t, options(t, tree(t, map[string]string{"main.c": `
#include "osapi.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
static void show(int i, long long n) { os_printf("%d: %08x%08x\n", i, (unsigned)(n >> 32), (unsigned)n); }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static int found(int n)
{
	static const int list[] = {1, 4, 6, 9, 12};
	const int *at = bsearch(&n, list, 5, sizeof(int), compare);

	return at ? at - list : -1;
}
void user_init(void)
{
	static const char word[] = "abcb";
	char to[8] = "", list[] = "one,;two", *rest = list;

` + calls.String() + "}\n"})), texts...)
}

// queue.h and the C library, used as firmware uses them.
func TestLibrary(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"main.c": `
#include "osapi.h"
#include "queue.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
struct item { int n; STAILQ_ENTRY(item) next; };
STAILQ_HEAD(list, item);
static struct item items[3];
static void numbers(const char *s)
{
	char *end;
	long n = strtol(s, &end, 0);

	os_printf("%s: %d rest %d, unsigned %u\n", s, n, end - s, strtoul(s, NULL, 0));
}
void user_init(void)
{
	struct list list;
	struct item *i;
	char text[] = "a,b;;c";
	char *part;

	STAILQ_INIT(&list);
	items[0].n = 1, items[1].n = 2, items[2].n = 0;
	STAILQ_INSERT_TAIL(&list, &items[0], next);
	STAILQ_INSERT_TAIL(&list, &items[1], next);
	STAILQ_INSERT_HEAD(&list, &items[2], next);
	STAILQ_FOREACH(i, &list, next)
		os_printf("item %d\n", i->n);
	STAILQ_REMOVE_HEAD(&list, next);
	os_printf("first %d\n", STAILQ_FIRST(&list)->n);
	for (part = strtok(text, ",;"); part; part = strtok(NULL, ",;"))
		os_printf("part %s\n", part);
	numbers("-0x10z");
	numbers("99999999999");
	numbers(" 017");
	numbers("none");
	os_printf("strings %d %d %d %d\n", strcasecmp("ABC", "abc"), strcmp("a", "b") < 0,
		(int)(strstr("haystack", "st") - (char *)0 != 0), isxdigit('g'));
	part = malloc(8);
	os_printf("heap %s\n", strcat(strcpy(part, "abc"), "def"));
	free(part);
}
`}))
	_, err := Build(t.Context(), o)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(o.Dir, "out.wasm"))
	require.NoError(t, err)
	image, err := wasm.Load(b)
	require.NoError(t, err)
	defer image.Close()
	boot(t, image, "item 0\nitem 1\nitem 2\nfirst 1\n", "part a\npart b\npart c\n",
		"-0x10z: -16 rest 5, unsigned 4294967280\n", "99999999999: 2147483647 rest 11, unsigned 4294967295\n",
		" 017: 15 rest 4, unsigned 15\n",
		"none: 0 rest 0, unsigned 0\n", "strings 0 1 1 0\n", "heap abcdef\n")
}

// Structs have the layout of the SDK that the firmware is built for (sdk-surface.md, Struct layouts, Versions), and the
// emulator reads and writes them so.
func TestVersionLayouts(t *testing.T) {
	needTools(t)
	const common = `
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "espconn.h"
#include "spi_flash.h"
#include "upgrade.h"
#include "ping.h"
#include "json/jsonparse.h"
#include "json/jsontree.h"
ESP_LAYOUT(ETSTimer, 20);
ESP_LAYOUT(os_event_t, 8);
ESP_LAYOUT(struct rst_info, 28);
ESP_LAYOUT(struct ip_info, 12);
ESP_LAYOUT(SpiFlashChip, 24);
ESP_LAYOUT(struct upgrade_server_info, 56);
ESP_OFFSET(struct upgrade_server_info, url, 44);
ESP_LAYOUT(struct ping_option, 24);
ESP_LAYOUT(struct ping_resp, 32);
ESP_LAYOUT(struct espconn, 28);
ESP_LAYOUT(esp_tcp, 32);
ESP_LAYOUT(esp_udp, 16);
ESP_LAYOUT(remot_info, 12);
ESP_LAYOUT(struct jsonparse_state, 36);
ESP_LAYOUT(struct jsontree_context, 72);
ESP_OFFSET(struct jsontree_context, putchar, 60);
ESP_LAYOUT(struct jsontree_array, 8);
`
	const program = `
void user_init(void)
{
	struct station_config c, d;
	void *p = os_malloc(10), *q = os_zalloc(20);

	os_memset(&c, 0, sizeof c);
	os_strcpy((char *)c.ssid, "net");
	os_strcpy((char *)c.password, "secret");
	c.bssid_set = 1;
	c.bssid[0] = 2;
	c.bssid[5] = 7;
	wifi_station_set_config_current(&c);
	os_memset(&d, 0xEE, sizeof d);
	wifi_station_get_config(&d);
	os_printf("same %d size %d\n", !os_memcmp(&c, &d, (char *)(c.bssid + 6) - (char *)&c), sizeof c); /* what lies behind is kept */
	p = os_realloc(p, 30);
	os_free(p);
	os_free(q);
	os_delay_us(5);
	system_deep_sleep(0);
}
`
	for v, special := range map[string]string{
		"2.0": `ESP_LAYOUT(struct station_config, 103); ESP_OFFSET(struct station_config, bssid, 97);
void *pvPortMalloc(size_t n, const char *file, unsigned line);
void ets_delay_us(int us);
size_t ets_strlen(const char *s);
void ets_install_putc1(void *routine);
`,
		"2.1": "ESP_LAYOUT(struct station_config, 103); bool (*instant)(uint64) = system_deep_sleep_instant; " +
			"void (*delay)(uint16_t) = ets_delay_us;",
		"2.2": `ESP_LAYOUT(struct station_config, 112); ESP_OFFSET(struct station_config, threshold.authmode, 108);
void *(*calloc_)(size_t, size_t, const char *, unsigned) = pvPortCalloc;`,
		"3.0": `ESP_LAYOUT(struct station_config, 116); ESP_OFFSET(struct station_config, all_channel_scan, 113);
ESP_LAYOUT(partition_item_t, 12); void *(*malloc_)(size_t, const char *, unsigned, bool) = pvPortMalloc;`,
	} {
		o := options(t, tree(t, map[string]string{"main.c": common + special + program}))
		o.Version = v
		_, err := Build(t.Context(), o)
		require.NoError(t, err, v)
		b, err := os.ReadFile(filepath.Join(o.Dir, "out.wasm"))
		require.NoError(t, err)
		image, err := wasm.Load(b)
		require.NoError(t, err)
		require.Equal(t, versions[v], strconv.Itoa(image.SDK()))
		size := map[string]string{"2.0": "103", "2.1": "103", "2.2": "112", "3.0": "116"}[v]
		boot(t, image, "same 1 size "+size+"\n")
		require.NoError(t, image.Close())
	}
}
