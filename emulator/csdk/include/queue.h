/* Singly linked lists, with and without a tail (sdk-surface.md, queue.h). Own text of emu8266, MIT licence. */
#ifndef _SYS_QUEUE_H_
#define _SYS_QUEUE_H_

#include "c_types.h"

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

#endif
