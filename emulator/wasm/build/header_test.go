package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espemu/espemu/emulator/wasm"
)

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
	os_printf("strings %d %d %d %d\n", strcasecmp("ABC", "abc"), strcmp("a", "b") < 0, (int)(strstr("haystack", "st") - (char *)0 != 0), isxdigit('g'));
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
		"-0x10z: -16 rest 5, unsigned 4294967280\n", "99999999999: 2147483647 rest 11, unsigned 4294967295\n", " 017: 15 rest 4, unsigned 15\n",
		"none: 0 rest 0, unsigned 0\n", "strings 0 1 1 0\n", "heap abcdef\n")
}
