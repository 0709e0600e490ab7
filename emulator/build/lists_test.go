package build

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

// bootLX106 builds for the chip's processor what bootFiles builds for the other engine; the device must print the texts.
func bootLX106(t *testing.T, o Options, texts ...string) Result {
	t.Helper()
	o.Engine, o.Output = EngineLX106, "out.elf"
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(o.Dir, "out.elf"))
	require.NoError(t, err)
	image, err := elf.Load(b)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart})
		require.NoError(t, d.Boot(image.Firmware()))
		time.Sleep(time.Second)
		crash := d.Crash()
		require.NoError(t, d.Close())
		assert.Nil(t, crash)
		for _, text := range texts {
			assert.Contains(t, uart.String(), text)
		}
	})
	return r
}

// lists puts items into the lists of queue.h and takes them out; after each step it says what the list holds, and whether an item that
// is appended then comes last: a wrong tail would lose it.
const lists = `
#include "osapi.h"
#include "user_interface.h"
#include "queue.h"

struct item { int n; SLIST_ENTRY(item) s; STAILQ_ENTRY(item) t; };
SLIST_HEAD(slist, item);
STAILQ_HEAD(tlist, item);
static struct item it[10];

static void say(const char *what, struct slist *l)
{
	struct item *i;
	os_printf("%s", what);
	SLIST_FOREACH(i, l, s) os_printf(" %d", i->n);
	os_printf("\n");
}

static void tail(const char *what, struct tlist *l)
{
	struct item *i, *last = &it[9];
	STAILQ_INSERT_TAIL(l, last, t);
	os_printf("%s", what);
	STAILQ_FOREACH(i, l, t) os_printf(" %d", i->n);
	STAILQ_REMOVE(l, last, item, t);
	if (STAILQ_LAST(l, item, t)) os_printf(" last %d\n", STAILQ_LAST(l, item, t)->n);
	else os_printf(" empty %d\n", STAILQ_EMPTY(l));
}

void user_init(void)
{
	struct slist a = SLIST_HEAD_INITIALIZER(a);
	struct tlist b = STAILQ_HEAD_INITIALIZER(b), c;
	struct item *i, *next, **link;
	int n;
	for (n = 0; n < 10; n++) it[n].n = n;
	for (n = 4; n >= 0; n--) SLIST_INSERT_HEAD(&a, &it[n], s);
	say("five", &a);
	SLIST_REMOVE(&a, &it[2], item, s);
	say("without the third", &a);
	SLIST_REMOVE(&a, &it[0], item, s);
	say("without the first", &a);
	SLIST_REMOVE_AFTER(&it[3], s);
	say("without the last", &a);
	SLIST_FOREACH_PREVPTR(i, link, &a, s) if (i->n == 3) { SLIST_NEXT(&it[7], s) = i; *link = &it[7]; break; }
	say("seven before three", &a);
	SLIST_FOREACH_SAFE(i, &a, s, next) { SLIST_REMOVE(&a, i, item, s); os_memset(&i->s, 0xff, sizeof i->s); }
	os_printf("all out %d\n", SLIST_EMPTY(&a));

	STAILQ_INIT(&c);
	tail("none", &b);
	for (n = 0; n < 4; n++) STAILQ_INSERT_TAIL(&b, &it[n], t);
	tail("four", &b);
	STAILQ_REMOVE(&b, &it[3], item, t);
	tail("without the tail", &b);
	STAILQ_INSERT_AFTER(&b, &it[2], &it[3], t);
	tail("after the tail", &b);
	STAILQ_INSERT_AFTER(&b, &it[0], &it[4], t);
	tail("after the head", &b);
	STAILQ_REMOVE_AFTER(&b, &it[2], t);
	tail("none after two", &b);
	STAILQ_REMOVE_AFTER(&b, &it[0], t);
	tail("none after naught", &b);
	STAILQ_SWAP(&b, &c, item);
	tail("given", &b);
	tail("taken", &c);
	STAILQ_INSERT_TAIL(&b, &it[5], t);
	STAILQ_SWAP(&b, &c, item);
	tail("back", &b);
	tail("one", &c);
	STAILQ_CONCAT(&b, &c);
	tail("both", &b);
	tail("neither", &c);
	STAILQ_CONCAT(&b, &c);
	tail("and nothing", &b);
	STAILQ_NEXT(&it[6], t) = &it[7];
	STAILQ_INSERT_CHAIN_HEAD(&b, &it[6], &it[7], t);
	tail("chain", &b);
	STAILQ_INSERT_CHAIN_HEAD(&c, &it[8], &it[8], t);
	tail("chain of one", &c);
	STAILQ_FOREACH_SAFE(i, &b, t, next) { STAILQ_REMOVE_HEAD(&b, t); os_memset(&i->t, 0xff, sizeof i->t); }
	tail("emptied", &b);
	os_printf("ahead %u\n", ESP_U32_DIFF(5u, 0xfffffff0u));
}
`

// What the lists hold, by hand.
var listTexts = []string{"five 0 1 2 3 4\nwithout the third 0 1 3 4\nwithout the first 1 3 4\nwithout the last 1 3\n" +
	"seven before three 1 7 3\nall out 1\n",
	"none 9 empty 1\nfour 0 1 2 3 9 last 3\nwithout the tail 0 1 2 9 last 2\nafter the tail 0 1 2 3 9 last 3\n" +
		"after the head 0 4 1 2 3 9 last 3\nnone after two 0 4 1 2 9 last 2\nnone after naught 0 1 2 9 last 2\n" +
		"given 9 empty 1\ntaken 0 1 2 9 last 2\nback 0 1 2 9 last 2\none 5 9 last 5\nboth 0 1 2 5 9 last 5\n" +
		"neither 9 empty 1\nand nothing 0 1 2 5 9 last 5\nchain 6 7 0 1 2 5 9 last 5\nchain of one 8 9 last 8\n" +
		"emptied 9 empty 1\nahead 21\n"}

func TestLists(t *testing.T) {
	needTools(t)
	bootFiles(t, options(t, tree(t, map[string]string{"user_main.c": lists})), listTexts...)
}

func TestListsLX106(t *testing.T) {
	needGCC(t)
	bootLX106(t, options(t, tree(t, map[string]string{"user_main.c": lists})), listTexts...)
}
