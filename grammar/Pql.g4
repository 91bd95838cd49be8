// PQL, the language of product-qualification rules.  The reference for people is
// grammar/README.md; the binding contract of what a program means is the checker's.
//
// How to read it
// - Every decision needs one token of look-ahead, rarely two.  Keep it so: nothing here may depend
//   on where a line ends, and a `(` must never have two readings (one `parentheses` alternative
//   serves grouping and the list of `in`; which of them it is, the builder knows).
// - Chains (`and`, `or`, `+`, ...) are loops, so neither the parser nor the tree is as deep as a
//   condition is long.
// - Only the words under "Reserved words" are reserved.  All others are soft: `word` admits them
//   wherever a name can stand.  A new soft word goes there too.
// - Literal positions (`default`, `cap`, `per`, ...) take any expression and the checker demands
//   the literal: the message is better there.  So it is with names of types, kinds, modes and units.
// - What people write out of habit (`&&`, `<>`, `2k`, ...) has tokens of its own at the end.  No
//   rule uses them: src/parser/token_habits.cc reports each and puts the right token in its place.

grammar Pql;

// Made by the token pass alone: `any of`, `all of` behind `contains`.
tokens { ANY_OF, ALL_OF }

// --- What is parsed as a whole ---------------------------------------------------------------

ruleFile : declaration* EOF ;
condition : expression EOF ;

// --- Declarations ----------------------------------------------------------------------------

declaration
  : metric | define | output | scorecard | stages | ruleDeclaration | test ;

metric : METRIC name ':' type metricOption* ;
metricOption
  : UNIT name           # unitOption
  | DEFAULT expression  # defaultOption
  | KIND name           # kindOption
  | string              # docOption
  ;
type
  : ONE OF '(' string (',' string)* ')'
  | LIST '(' name ')'
  | name
  ;

define : DEFINE name '=' expression ;
output : OUTPUT name '=' expression ;

scorecard : SCORECARD name scorecardOption* '{' scorecardLine* '}' ;
scorecardOption
  : string            # titleOption
  | CAP expression    # capOption
  | FLOOR expression  # floorOption
  ;
scorecardLine
  : (ADD | SUBTRACT) points=expression
    ( WHEN condition_=expression
    | PER per=expression OF of=expression (UP TO upTo=expression)?
    )
  ;

stages : STAGES name ('<' name)* ;

ruleDeclaration : RULE name '{' ruleClause* '}' ;
ruleClause
  : TITLE string              # titleClause
  | DESCRIPTION string        # descriptionClause
  | OWNER string              # ownerClause
  | TAGS string (',' string)* # tagsClause
  | STAGE name                # stageClause
  | MODE name                 # modeClause
  | WHEN expression           # whenClause
  | UNLESS expression         # unlessClause
  | KEEP WHILE expression     # keepClause
  | ACTIVE (FROM from=expression (UNTIL until=expression)? | UNTIL until=expression) # activeClause
  | SCORE expression          # scoreClause
  ;

test : TEST string '{' testClause* '}' ;
testClause
  : AT expression                                  # atClause
  | GIVEN given (',' given)*                       # givenClause
  | PREVIOUSLY name (',' name)*                    # previouslyClause
  | EXPECT expression                              # expectClause
  ;
given : name '=' expression ;

// --- Expressions, loosest binding first ------------------------------------------------------

expression
  : IF condition_=expression THEN then=expression ELSE otherwise=expression
  | disjunction
  ;
disjunction : conjunction (OR conjunction)* ;
conjunction : negation (AND negation)* ;
negation : NOT* comparison ;

// A comparison has one tail, and `not` stands only before `in`.  More tails (`1 < x < 5`), other
// places of `not`, a single `=`, anything but parentheses behind `in`, and `contains any of` are
// admitted so that the builder can answer them, knowing where their operands begin and end.
comparison : sum tail* ;
tail : NOT? comparisonTail ;
comparisonTail
  : sign=('==' | '!=' | '<' | '<=' | '>' | '>=' | '=') sum # signTail
  | CONTAINS (ANY_OF | ALL_OF)? sum # containsTail
  | STARTS WITH sum             # startsTail
  | ENDS WITH sum               # endsTail
  | MATCHES sum                 # matchesTail
  | IN sum                      # inTail
  | BETWEEN low=sum AND high=sum # betweenTail
  | WITHIN (LAST | NEXT) sum    # withinTail
  | IS (MISSING | PRESENT)      # isTail
  ;

sum : product (sign+=('+' | '-') product)* ;
product : factor (sign+=('*' | '/') factor)* ;
factor : '-'* primary ;
primary
  : literal                                                    # literalPrimary
  | name ('(' (argument (',' argument)*)? ')')?                # namePrimary
  | '(' expression (',' expression)* ')'                       # parentheses
  | '[' (expression (',' expression)*)? ']'                    # listPrimary
  | AT LEAST count=sum OF '(' expression (',' expression)* ')' # atLeast
  ;
// A rule of its own: windows of usage events (`last 7d`, `where ...`) will be further alternatives.
argument : expression ;

literal : NUMBER | PERCENT | SIZE | DURATION | TIMESTAMP | TRUE | FALSE | string ;
string : STRING ;

name : word ;
word
  : NAME | QUOTED_NAME
  | METRIC | DEFINE | OUTPUT | SCORECARD | STAGES | RULE | TEST
  | UNIT | DEFAULT | KIND | ONE | OF | LIST
  | CAP | FLOOR | ADD | SUBTRACT | WHEN | PER | UP | TO
  | TITLE | DESCRIPTION | OWNER | TAGS | STAGE | MODE | UNLESS | KEEP | WHILE
  | ACTIVE | FROM | UNTIL | SCORE
  | AT | LEAST | GIVEN | PREVIOUSLY | EXPECT
  | CONTAINS | STARTS | ENDS | WITH | MATCHES | WITHIN | LAST | NEXT | MISSING | PRESENT
  ;

// --- Reserved words --------------------------------------------------------------------------

AND : 'and' ;
OR : 'or' ;
NOT : 'not' ;
IN : 'in' ;
IS : 'is' ;
BETWEEN : 'between' ;
TRUE : 'true' ;
FALSE : 'false' ;
IF : 'if' ;
THEN : 'then' ;
ELSE : 'else' ;

// --- Soft words: also names ------------------------------------------------------------------

METRIC : 'metric' ;
DEFINE : 'define' ;
OUTPUT : 'output' ;
SCORECARD : 'scorecard' ;
STAGES : 'stages' ;
RULE : 'rule' ;
TEST : 'test' ;

UNIT : 'unit' ;
DEFAULT : 'default' ;
KIND : 'kind' ;
ONE : 'one' ;
OF : 'of' ;
LIST : 'list' ;

CAP : 'cap' ;
FLOOR : 'floor' ;
ADD : 'add' ;
SUBTRACT : 'subtract' ;
WHEN : 'when' ;
PER : 'per' ;
UP : 'up' ;
TO : 'to' ;

TITLE : 'title' ;
DESCRIPTION : 'description' ;
OWNER : 'owner' ;
TAGS : 'tags' ;
STAGE : 'stage' ;
MODE : 'mode' ;
UNLESS : 'unless' ;
KEEP : 'keep' ;
WHILE : 'while' ;
ACTIVE : 'active' ;
FROM : 'from' ;
UNTIL : 'until' ;
SCORE : 'score' ;

AT : 'at' ;
LEAST : 'least' ;
GIVEN : 'given' ;
PREVIOUSLY : 'previously' ;
EXPECT : 'expect' ;

CONTAINS : 'contains' ;
STARTS : 'starts' ;
ENDS : 'ends' ;
WITH : 'with' ;
MATCHES : 'matches' ;
WITHIN : 'within' ;
LAST : 'last' ;
NEXT : 'next' ;
MISSING : 'missing' ;
PRESENT : 'present' ;

// --- Punctuation -----------------------------------------------------------------------------

LPAREN : '(' ;
RPAREN : ')' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
LBRACE : '{' ;
RBRACE : '}' ;
COMMA : ',' ;
COLON : ':' ;
ASSIGN : '=' ;
EQ : '==' ;
NE : '!=' ;
LT : '<' ;
LE : '<=' ;
GT : '>' ;
GE : '>=' ;
PLUS : '+' ;
MINUS : '-' ;
STAR : '*' ;
SLASH : '/' ;

// --- Literals --------------------------------------------------------------------------------

NUMBER : DIGITS ('.' DIGITS)? ;
PERCENT : DIGITS ('.' DIGITS)? '%' ;
SIZE : DIGITS ('.' DIGITS)? [KMGT] 'i'? 'B' ;
DURATION : DIGITS [wdhms] ([0-9]+ [wdhms])* ;
// Generous, so that `2026-3-1` is answered as a date and not taken for a subtraction.
TIMESTAMP
  : D D D D D* '-' D D? '-' D D?
    ( [Tt] D D? ':' D D? (':' D D? ('.' D+)?)? ([Zz] | [+-] D D ':'? D D)?
    | ' ' D D? ':' D D (':' D D ('.' D+)?)? ([Zz] | [+-] D D ':' D D)?
    )?
  ;
STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;

fragment D : [0-9] ;
fragment DIGITS : [0-9] [0-9_]* ;

// --- Names -----------------------------------------------------------------------------------

// Which characters beyond ASCII make a name, UAX #31 decides in the token pass.
NAME : PLAIN ('.' (PLAIN | TICKED))* ;
QUOTED_NAME : TICKED ('.' (PLAIN | TICKED))* ;
fragment PLAIN : (LETTER | '_') (LETTER | [0-9_])* ;
fragment TICKED : '`' ~[`\r\n]* '`' ;
fragment LETTER : [A-Za-z] | BEYOND_ASCII ;
// Everything above U+007F but spaces, quotation marks, dashes, signs of currencies and the signs
// named below.
fragment BEYOND_ASCII
  : ~( [\u0000-\u007F\u0085\u00A0\u00AB\u00BB\u00D7\u00F7\u2000-\u200A\u2010-\u202F\u205F]
     | [\u00A2-\u00A5\u20A0-\u20CF\uFF04\uFFE0\uFFE1\uFFE5\uFFE6]
     | [\u2208\u2212\u2227\u2228\u2260\u2264\u2265\u3000\uFEFF\uFF08\uFF09\uFF0C\uFF1A\uFF1B\uFF1D]
     ) ;

// --- What carries no meaning -----------------------------------------------------------------

SPACE : [ \t\r\n]+ -> skip ;
COMMENT : '#' ~[\r\n]* -> channel(HIDDEN) ;

// --- Habits of other languages: never reach the parser ---------------------------------------

AND_SIGN : '&&' | '&' | '\u2227' ;
OR_SIGN : '||' | '|' | '\u2228' ;
NOT_SIGN : '!' ;
STRICT_EQ : '===' ;
STRICT_NE : '!==' ;
SQL_NE : '<>' | '\u2260' ;
SQL_LE : '=<' | '\u2264' ;
SQL_GE : '=>' | '\u2265' ;
DASH : [\u2010-\u2015\u2212] ;
TIMES : '\u00D7' ;
OBELUS : '\u00F7' ;
POWER : '**' | '^' ;
REGEX_SIGN : '=~' | '!~' | '~' ;
MODULO : '%' ;
QUESTION : '?' ;
SEMICOLON : ';' ;
DOT : '.' ;
DOT_NUMBER : '.' [0-9] [0-9_]* ;
BAD_NUMBER : [0-9] (LETTER | [0-9_] | '.' [0-9])* '%'? | DIGITS ('.' DIGITS)? [eE] [+-] DIGITS ;
SINGLE_QUOTED
  : '\'' (~['"\\\r\n] | '\\' ~[\r\n] | '\'\'' | '"' ~['"\\\r\n]* '"')* '\'' ;
CURLY_QUOTED
  : [\u201C-\u201F\u00AB\u00BB] ~["\u201C-\u201F\u00AB\u00BB\\\r\n]* ["\u201C-\u201F\u00AB\u00BB]
  | [\u2018-\u201B] ~['\u2018-\u201B"\\\r\n]* ['\u2018-\u201B]
  ;
UNCLOSED_STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '\\'? ;
MAIL_ADDRESS : [A-Za-z0-9] [A-Za-z0-9._+]* '@' [A-Za-z0-9.\-]+ ;
UNCLOSED_NAME : '`' ~[`\r\n:=<>(){},]* ;
SLASH_COMMENT : '//' ~[\r\n]* ;
BLOCK_COMMENT : '/*' .*? '*/' ;
OTHER : . ;
