#include "server/measures/measure_sheet.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "server/measures/measure_words.h"

struct sheet {
    const struct measure_table *table;
    lxw_worksheet *at;
    lxw_format *head, *number, *share, *text;
    bool english;
};

static const char *either(const struct sheet *s, const char *vi, const char *en)
{
    return s->english ? en : vi;
}

static void head(const struct sheet *s, lxw_col_t column, const char *text)
{
    worksheet_write_string(s->at, 0, column, text, s->head);
}

static void number(const struct sheet *s, lxw_row_t row, lxw_col_t column, double value,
                   lxw_format *format)
{
    if (isfinite(value)) {
        worksheet_write_number(s->at, row, column, value, format);
    } else {
        worksheet_write_blank(s->at, row, column, format);
    }
}

static void write_heads(const struct sheet *s)
{
    const struct measure_table *t = s->table;
    lxw_col_t column = 0;
    head(s, column++, either(s, "Mã", "Code"));
    head(s, column++, measure_by_word(t->t->question->by, s->english));
    for (size_t k = 0; k < t->n_columns; k++) {
        head(s, column++, measure_word(t->columns[k].measure, s->english));
        if (t->compared) {
            head(s, column++, either(s, "Kỳ trước", "Before"));
            head(s, column++, either(s, "Thay đổi", "Change"));
        }
    }
    worksheet_set_column(s->at, 0, 0, 14, NULL);
    worksheet_set_column(s->at, 1, 1, 44, NULL);
    worksheet_set_column(s->at, 2, column, 13, NULL);
    worksheet_freeze_panes(s->at, 1, 2);
    if (t->t->answer->n > 0) {
        worksheet_autofilter(s->at, 0, 0, (lxw_row_t)t->t->answer->n, (lxw_col_t)(column - 1));
    }
}

static void write_row(const struct sheet *s, size_t i)
{
    const struct measure_table *t = s->table;
    const struct measure_unit *u = &t->t->answer->units[i];
    lxw_row_t row = (lxw_row_t)(i + 1);
    lxw_col_t column = 0;
    worksheet_write_string(s->at, row, column++, u->code, s->text);
    worksheet_write_string(s->at, row, column++, s->english ? u->name_en : u->name, s->text);
    for (size_t k = 0; k < t->n_columns; k++) {
        enum measure m = t->columns[k].measure;
        lxw_format *format = measure_is_share(m) ? s->share : s->number;
        double value = measure_value(measure_table_part(t, m, i, false));
        number(s, row, column++, value, format);
        if (t->compared) {
            double before = measure_table_before(t, m, i);
            number(s, row, column++, before, format);
            number(s, row, column++, value - before, format);
        }
    }
}

/* What was asked, and what the columns mean. */
static void write_notes(struct sheet *s, lxw_workbook *book)
{
    const struct measure_text *t = s->table->t;
    lxw_row_t row = 0;
    s->at = workbook_add_worksheet(book, either(s, "Giải thích", "Notes"));
    worksheet_set_column(s->at, 0, 0, 24, NULL);
    worksheet_set_column(s->at, 1, 1, 80, NULL);
    for (size_t i = 0; i < t->n_notes; i++) {
        worksheet_write_string(s->at, row++, 0, t->notes[i], s->text);
    }
    row++;
    for (size_t k = 0; k < s->table->n_columns; k++) {
        enum measure m = s->table->columns[k].measure;
        worksheet_write_string(s->at, row, 0, measure_word(m, s->english), s->head);
        worksheet_write_string(s->at, row++, 1, measure_meaning(m, s->english), s->text);
    }
}

static bool write_book(const struct measure_table *table, const char *file)
{
    lxw_workbook *book = workbook_new(file);
    if (book == NULL) {
        return false;
    }
    struct sheet s = {.table = table, .english = table->t->english};
    s.head = workbook_add_format(book);
    s.number = workbook_add_format(book);
    s.share = workbook_add_format(book);
    s.text = workbook_add_format(book);
    format_set_bold(s.head);
    format_set_text_wrap(s.head);
    format_set_num_format(s.number, "#,##0.##");
    format_set_num_format(s.share, "0.0%");
    s.at = workbook_add_worksheet(book, either(&s, "Số liệu", "Figures"));
    write_heads(&s);
    for (size_t i = 0; i < table->t->answer->n; i++) {
        write_row(&s, i);
    }
    write_notes(&s, book);
    return workbook_close(book) == LXW_NO_ERROR;
}

/* The library writes files only: this one never has a name on a disk. */
void measure_sheet_write(const struct measure_table *table, struct strbuf *out)
{
    char file[48];
    char bytes[65536];
    ssize_t n = -1;
    int fd = memfd_create("statistics.xlsx", MFD_CLOEXEC);
    (void)snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
    if (fd >= 0 && write_book(table, file) && lseek(fd, 0, SEEK_SET) == 0) {
        while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
            strbuf_append(out, bytes, (size_t)n);
        }
    }
    if (n != 0) {
        out->failed = true;
    }
    if (fd >= 0) {
        close(fd);
    }
}
