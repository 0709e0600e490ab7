/* Singly linked lists, with and without a tail (sdk-surface.md, queue.h). Own text of emu8266, MIT licence. */
#ifndef _SYS_QUEUE_H_
#define _SYS_QUEUE_H_

#include "c_types.h"

/* The checks of the system that these lists come from; they are off here as there. */
#define QMD_SAVELINK(name, link)
#define TRASHIT(x)

#define SLIST_HEAD(name, type) struct name { struct type *slh_first; }
#define SLIST_HEAD_INITIALIZER(head) {NULL}
#define SLIST_ENTRY(type) struct { struct type *sle_next; }
#define SLIST_FIRST(head) ((head)->slh_first)
#define SLIST_NEXT(item, field) ((item)->field.sle_next)
#define SLIST_EMPTY(head) (!SLIST_FIRST(head))
#define SLIST_INIT(head) (SLIST_FIRST(head) = NULL)
#define SLIST_FOREACH(item, head, field) for ((item) = SLIST_FIRST(head); (item); (item) = SLIST_NEXT(item, field))
#define SLIST_INSERT_HEAD(head, item, field) (SLIST_NEXT(item, field) = SLIST_FIRST(head), SLIST_FIRST(head) = (item))
#define SLIST_INSERT_AFTER(before, item, field) \
	(SLIST_NEXT(item, field) = SLIST_NEXT(before, field), SLIST_NEXT(before, field) = (item))
#define SLIST_REMOVE_HEAD(head, field) (SLIST_FIRST(head) = SLIST_NEXT(SLIST_FIRST(head), field))
#define SLIST_REMOVE_AFTER(before, field) (SLIST_NEXT(before, field) = SLIST_NEXT(SLIST_NEXT(before, field), field))
/* The item must be in the list. */
#define SLIST_REMOVE(head, item, type, field) \
	do { \
		struct type **slist_link = &SLIST_FIRST(head); \
		while (*slist_link != (item)) \
			slist_link = &SLIST_NEXT(*slist_link, field); \
		*slist_link = SLIST_NEXT(*slist_link, field); \
	} while (0)
/* Like SLIST_FOREACH; the body may take the item out and free it. */
#define SLIST_FOREACH_SAFE(item, head, field, next) \
	for ((item) = SLIST_FIRST(head); (item) && ((next) = SLIST_NEXT(item, field), 1); (item) = (next))
/* Like SLIST_FOREACH, with the address of the pointer that leads to the item. */
#define SLIST_FOREACH_PREVPTR(item, link, head, field) \
	for ((link) = &SLIST_FIRST(head); ((item) = *(link)) != NULL; (link) = &SLIST_NEXT(item, field))

#define STAILQ_HEAD(name, type) struct name { struct type *stqh_first, **stqh_last; }
#define STAILQ_HEAD_INITIALIZER(head) {NULL, &(head).stqh_first}
#define STAILQ_ENTRY(type) struct { struct type *stqe_next; }
#define STAILQ_FIRST(head) ((head)->stqh_first)
#define STAILQ_NEXT(item, field) ((item)->field.stqe_next)
#define STAILQ_EMPTY(head) (!STAILQ_FIRST(head))
#define STAILQ_INIT(head) (STAILQ_FIRST(head) = NULL, (head)->stqh_last = &STAILQ_FIRST(head))
#define STAILQ_FOREACH(item, head, field) for ((item) = STAILQ_FIRST(head); (item); (item) = STAILQ_NEXT(item, field))
#define STAILQ_INSERT_TAIL(head, item, field) \
	(STAILQ_NEXT(item, field) = NULL, *(head)->stqh_last = (item), (head)->stqh_last = &STAILQ_NEXT(item, field))
#define STAILQ_INSERT_HEAD(head, item, field) \
	do { \
		if (!(STAILQ_NEXT(item, field) = STAILQ_FIRST(head))) \
			(head)->stqh_last = &STAILQ_NEXT(item, field); \
		STAILQ_FIRST(head) = (item); \
	} while (0)
#define STAILQ_REMOVE_HEAD(head, field) \
	do { \
		if (!(STAILQ_FIRST(head) = STAILQ_NEXT(STAILQ_FIRST(head), field))) \
			(head)->stqh_last = &STAILQ_FIRST(head); \
	} while (0)
#define STAILQ_INSERT_AFTER(head, before, item, field) \
	do { \
		if (!(STAILQ_NEXT(item, field) = STAILQ_NEXT(before, field))) \
			(head)->stqh_last = &STAILQ_NEXT(item, field); \
		STAILQ_NEXT(before, field) = (item); \
	} while (0)
/* Puts a chain of items, from the first to the last, before the list's. */
#define STAILQ_INSERT_CHAIN_HEAD(head, first, last, field) \
	do { \
		if (!(STAILQ_NEXT(last, field) = STAILQ_FIRST(head))) \
			(head)->stqh_last = &STAILQ_NEXT(last, field); \
		STAILQ_FIRST(head) = (first); \
	} while (0)
#define STAILQ_REMOVE_AFTER(head, before, field) \
	do { \
		if (!(STAILQ_NEXT(before, field) = STAILQ_NEXT(STAILQ_NEXT(before, field), field))) \
			(head)->stqh_last = &STAILQ_NEXT(before, field); \
	} while (0)
/* The item must be in the list. */
#define STAILQ_REMOVE(head, item, type, field) \
	do { \
		struct type **stailq_link = &STAILQ_FIRST(head); \
		while (*stailq_link != (item)) \
			stailq_link = &STAILQ_NEXT(*stailq_link, field); \
		if (!(*stailq_link = STAILQ_NEXT(*stailq_link, field))) \
			(head)->stqh_last = stailq_link; \
	} while (0)
/* Like STAILQ_FOREACH; the body may take the item out and free it. */
#define STAILQ_FOREACH_SAFE(item, head, field, next) \
	for ((item) = STAILQ_FIRST(head); (item) && ((next) = STAILQ_NEXT(item, field), 1); (item) = (next))
/* Found by the tail's link, without a walk. */
#define STAILQ_LAST(head, type, field) \
	(STAILQ_EMPTY(head) ? NULL : (struct type *)((char *)(head)->stqh_last - __builtin_offsetof(struct type, field)))
/* Hangs the second list behind the first and leaves it empty. */
#define STAILQ_CONCAT(head, second) \
	do { \
		if (!STAILQ_EMPTY(second)) { \
			*(head)->stqh_last = STAILQ_FIRST(second); \
			(head)->stqh_last = (second)->stqh_last; \
			STAILQ_INIT(second); \
		} \
	} while (0)
#define STAILQ_SWAP(head, second, type) \
	do { \
		struct type *stailq_first = STAILQ_FIRST(head), **stailq_last = (head)->stqh_last; \
		if (STAILQ_EMPTY(second)) \
			STAILQ_INIT(head); \
		else \
			STAILQ_FIRST(head) = STAILQ_FIRST(second), (head)->stqh_last = (second)->stqh_last; \
		STAILQ_INIT(second); \
		if (stailq_first) \
			STAILQ_FIRST(second) = stailq_first, (second)->stqh_last = stailq_last; \
	} while (0)

#endif
