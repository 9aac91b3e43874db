# Takes C apart, line by line, so that the other scripts need not be fooled by comments and strings:
#   file:line <TAB> code, strings emptied <TAB> the strings, \037 between <TAB> comments
# A string that goes on in the next literal stays two strings. Works with mawk.

function flush_string() {
    strings = strings (strings == "" ? "" : "\037") string
    string = ""
}

FNR == 1 { in_comment = 0 }

{
    code = strings = comments = string = ""
    line = $0
    gsub(/\t/, " ", line)
    n = length(line)
    quote = ""
    for (i = 1; i <= n; i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
                code = code " "
            } else {
                comments = comments c
            }
        } else if (quote != "") {
            if (c == "\\") {
                string = string two
                i++
            } else if (c == quote) {
                if (quote == "\"") {
                    flush_string()
                }
                quote = string = ""
                code = code c
            } else {
                string = string c
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            comments = comments substr(line, i + 2)
            i = n
        } else {
            if (c == "\"" || c == "'") {
                quote = c
            }
            code = code c
        }
    }
    printf "%s:%d\t%s\t%s\t%s\n", FILENAME, FNR, code, strings, comments
}
