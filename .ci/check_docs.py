"""Every public function says what it does, what it takes and what comes out, and is shown at work in a notebook.

Public is what a module lists in `__all__`, and the methods of such classes without a leading underscore. Each needs a
docstring; for each parameter a comment, a type, or a default that shows the type; for what it returns a type, or a
comment beside the signature's end. A function or class has to be run in a cell that is not exported, by name or by a
public neighbour in its module which is; `--strict` names those that are run by a neighbour only. Constants are free.
Reads the sources and imports nothing, so it takes a second."""
import ast, io, json, re, sys, tokenize
from dataclasses import dataclass, field
from pathlib import Path

root = Path(__file__).resolve().parent.parent
overrides = {'extra_repr', 'train'} # torch says what these methods do
functions = (ast.FunctionDef, ast.AsyncFunctionDef)
not_run = re.compile(r'^#\| *(export|exporti|exports|default_exp)\b', re.M)
imports = re.compile(r'^\s*(from\s+\S+\s+import\s+(\([^)]*\)|.*)|import\s.*)$', re.M)

@dataclass
class Member:
    "A public function, class or method, as its source has it"
    name: str # with the class before a method's
    kind: str # class, function, method, property or constant
    line: int # in the module
    doc: str = ''
    params: list = field(default_factory=list) # (name, type, default, comment), texts or None
    returns: tuple = (None, None, False) # type, comment, whether something is returned
    bases: list = field(default_factory=list)
    decorators: list = field(default_factory=list)
    methods: list = field(default_factory=list)
    value: str = '' # of a constant
    names: set = field(default_factory=set) # that occur in its source

class Module:
    "The public members of one module"
    def __init__(self, path):
        self.path, self.source = path, path.read_text(encoding='utf8')
        self.name = '.'.join(path.relative_to(root).with_suffix('').parts)
        self.tree = ast.parse(self.source)
        self.doc = ast.get_docstring(self.tree) or ''
        m = re.search(r'File to edit: (\S+\.ipynb)', self.source)
        self.notebook = m and (path.parent/m[1]).resolve()
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        found = [t for t in tokens if t.type == tokenize.COMMENT]
        self.comments = {t.start[0]: (t.start[1], t.string.lstrip('#').strip()) for t in found}
        members = {m.name: m for n in self.tree.body for m in self.defined(n)}
        self.members = [members[n] for n in self._all() if n in members]

    def defined(self, n): # members
        "What a statement of the module defines"
        if isinstance(n, functions + (ast.ClassDef,)): return [self.member(n)]
        if not isinstance(n, (ast.Assign, ast.AnnAssign)) or not n.value: return []
        targets = n.targets if isinstance(n, ast.Assign) else [n.target]
        return [self.constant(n, t.id) for t in targets if isinstance(t, ast.Name)]

    def constant(self, n, name): # Member
        "A constant with the comment beside it"
        doc = self.comment(n.end_lineno) or ''
        return Member(name, 'constant', n.lineno, doc, value=ast.unparse(n.value), names=names_in(n) - {name})

    def _all(self):
        "Names in `__all__`"
        for n in self.tree.body:
            if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == '__all__': return ast.literal_eval(n.value)
        return []

    def comment(self, line, stop=()):
        "The comment on a line, or else on the lines of comments directly above it"
        if line in self.comments: return self.comments[line][1]
        out, lines = [], self.source.splitlines()
        while (line := line - 1) in self.comments and line not in stop and lines[line - 1].lstrip().startswith('#'):
            out.insert(0, self.comments[line][1])
        return ' '.join(out) or None

    def arguments(self, n):
        "Parameters of a function, without self and cls; *args and **kwargs where a comment says what they are"
        pairs = list(parameters(n.args))
        lines = {p.lineno for p, *_ in pairs}
        # a comment at the end of a line with the body, such as `def f(a): return a # why`, is not about the parameter
        head = range(n.lineno, max(n.body[0].lineno, n.lineno + 1))
        out = []
        for i, (p, default, star) in enumerate(pairs):
            comment = self.comment(p.lineno, lines) if p.lineno in head else None
            if (i == 0 and p.arg in ('self', 'cls')) or (star and not comment): continue
            out.append((star + p.arg, text(p.annotation), text(default), comment))
        return out

    def member(self, n, owner=''):
        "What a definition says of itself"
        deco = [ast.unparse(d) for d in n.decorator_list]
        m = Member(owner + n.name, 'function', n.lineno, ast.get_docstring(n) or '', decorators=deco)
        m.names = names_in(n) - {n.name}
        if isinstance(n, ast.ClassDef): return self.filled(m, n)
        if owner: m.kind = 'property' if any(d.endswith('property') for d in deco) else 'method'
        m.params = self.arguments(n)
        # the end of the signature is where the return type is, or the closing bracket before the body
        end = n.returns.end_lineno if n.returns else max(n.body[0].lineno - 1, n.lineno)
        comment = self.comments.get(end, (0, None))[1] if end < n.body[0].lineno else None
        m.returns = (text(n.returns), comment, gives(n))
        return m

    def filled(self, m, n): # Member
        "A class with its bases, its parameters and its methods"
        m.kind, m.bases = 'class', [ast.unparse(b) for b in n.bases]
        defs = {d.name: d for d in n.body if isinstance(d, functions)}
        if '__init__' in defs: m.params = self.arguments(defs['__init__'])
        elif any(d.split('(')[0].endswith('dataclass') for d in m.decorators):
            fields = [f for f in n.body if isinstance(f, ast.AnnAssign)]
            m.params = [(f.target.id, text(f.annotation), text(f.value), self.comment(f.lineno)) for f in fields]
        m.methods = [self.member(d, n.name + '.') for k, d in defs.items() if not k.startswith('_')]
        return m

def text(node): # source, or None
    "A part of a syntax tree as it would be written"
    return None if node is None else ast.unparse(node)

def names_in(node): # set
    "Names that occur in a part of a syntax tree"
    return {o.id for o in ast.walk(node) if isinstance(o, ast.Name)}

def parameters(a): # (parameter, default, stars)
    "Parameters of a signature in their order"
    pos = a.posonlyargs + a.args
    for p, d in zip(pos, [None]*(len(pos) - len(a.defaults)) + a.defaults): yield p, d, ''
    if a.vararg: yield a.vararg, None, '*'
    for p, d in zip(a.kwonlyargs, a.kw_defaults): yield p, d, ''
    if a.kwarg: yield a.kwarg, None, '**'

def gives(n): # bool
    "Whether a function returns or yields something"
    todo = list(n.body)
    while todo:
        o = todo.pop()
        if isinstance(o, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)): continue
        if isinstance(o, (ast.Yield, ast.YieldFrom)): return True
        if isinstance(o, ast.Return) and text(o.value) not in (None, 'None'): return True
        todo += ast.iter_child_nodes(o)
    return False

def modules(): # list of Module
    "All modules that notebooks export"
    return [Module(p) for p in sorted((root/'abaw').rglob('*.py')) if not p.name.startswith('_')]

def shown(): # set of names
    "Names in code cells that are run and not exported"
    out = set()
    for p in sorted((root/'nbs').rglob('*.ipynb')):
        if any(o.startswith(('.', '_')) for o in p.relative_to(root).parts): continue
        for c in json.loads(p.read_text(encoding='utf8'))['cells']:
            src = ''.join(c['source'])
            if c['cell_type'] != 'code' or not_run.search(src): continue
            out |= set(re.findall(r'[A-Za-z_]\w*', imports.sub('', src))) # an import is no example
    return out

def at_work(mod, examples): # set of names
    "Members that are run in a cell, and those that such members of the same module use"
    own = {m.name: m for m in mod.members}
    todo, out = [n for n in own if n in examples], set()
    while todo:
        out.add(n := todo.pop())
        todo += [o for o in own if o in own[n].names and o not in out]
    return out

unseen = 'is run in no cell: show it at work in a cell that is not exported'

def missing(m, examples): # sentences' ends
    "What a member lacks"
    if m.kind == 'constant' or m.name.partition('.')[2] in overrides: return
    # what a network does is what its class says; its inputs and outputs are forward's to tell
    if not m.doc.strip() and m.name.partition('.')[2] != 'forward': yield 'has no docstring'
    for name, anno, default, comment in m.params:
        if name == 'args': continue # of the command line, where --help describes them
        if not (anno or comment or default not in (None, 'None')):
            yield f'says nothing of its parameter {name}: write a comment beside it, or a type'
    anno, comment, something = m.returns
    if something and not (anno or comment): yield 'does not say what it returns: write -> type: # comment'
    if m.kind in ('class', 'function') and m.name not in examples: yield unseen

def problems(strict=False): # sentences
    "One sentence for each gap"
    in_cells = shown()
    for mod in modules():
        examples = in_cells if strict else at_work(mod, in_cells)
        where = mod.notebook.relative_to(root) if mod.notebook else mod.path.relative_to(root)
        documented = {o.name for m in mod.members for o in m.methods if o.doc}
        for m in mod.members:
            for o in [m, *m.methods]:
                if any(f'{b}.{o.name.partition(".")[2]}' in documented for b in m.bases): continue # a base says it
                for what in missing(o, examples): yield f'{where}: {o.name} {what}.'

if __name__ == '__main__':
    found = list(problems('--strict' in sys.argv))
    n = sum(1 + len(m.methods) for mod in modules() for m in mod.members if m.kind != 'constant')
    print('\n'.join(found) or f'{n} public functions, classes and methods are documented and shown at work')
    sys.exit(bool(found))
