package dev.text2image.kernel.stop;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** Makes classes of JJava tell {@link StopRequests} what they do; a class without the expected places stays as it is. */
final class StopHooks extends ClassVisitor {
    private static final int API = Opcodes.ASM9;

    private final Hook hook;
    private String name = "";
    private int places;

    private StopHooks(ClassVisitor next, Hook hook) {
        super(API, next);
        this.hook = hook;
    }

    /** The classes that are changed. */
    enum Hook {
        /** Runs the cell's code and stops it. */
        EXECUTION("org/dflib/jjava/kernel/execution/JJavaExecutionControl", 3),
        /** Sends messages, those of the cell's output among them. */
        SENDING("org/dflib/jjava/jupyter/channels/JupyterSocket", 1);

        private final String className;
        private final int places;

        Hook(String className, int places) {
            this.className = className;
            this.places = places;
        }
    }

    /**
     * Adds the hook to a class.
     *
     * @param className the class's internal name
     * @param classFile the class
     * @return the changed class; null if it is none of those, or has not the expected places
     */
    static byte @Nullable [] transform(String className, byte[] classFile) {
        for (Hook hook : Hook.values()) {
            if (hook.className.equals(className)) {
                var reader = new ClassReader(classFile);
                var writer = new ClassWriter(reader, 0);
                var hooks = new StopHooks(writer, hook);
                reader.accept(hooks, 0);
                if (hooks.places != hook.places) {
                    return null;
                }
                StopRequests.installed(hook);
                return writer.toByteArray();
            }
        }
        return null;
    }

    @Override
    public void visit(
            int version, int access, String name, @Nullable String signature, String superName, String[] interfaces) {
        this.name = name;
        super.visit(version, access, name, signature, superName, interfaces);
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
            int access, String method, String descriptor, @Nullable String signature, String @Nullable [] exceptions) {
        MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
        boolean isVoid = descriptor.endsWith(")V") && (access & (Opcodes.ACC_STATIC | Opcodes.ACC_ABSTRACT)) == 0;
        return switch (hook) {
            case SENDING ->
                isVoid && method.equals("sendMessage") ? around(next, descriptor, "sendStarts", "sendEnds") : next;
            case EXECUTION -> new Execution(next, method);
        };
    }

    private Around around(MethodVisitor next, String descriptor, String before, String after) {
        places++;
        Type[] arguments = Type.getArgumentTypes(descriptor);
        var locals = new Object[arguments.length + 1];
        locals[0] = name;
        for (int i = 0; i < arguments.length; i++) {
            locals[i + 1] = arguments[i].getInternalName();
        }
        return new Around(next, locals, before, after);
    }

    private static void call(MethodVisitor next, String method, String descriptor) {
        next.visitMethodInsn(
                Opcodes.INVOKESTATIC, "dev/text2image/kernel/stop/StopRequests", method, descriptor, false);
    }

    /** Calls one method before the body and one after it, whether it returns or throws; the arguments are objects. */
    private static final class Around extends MethodVisitor {
        private final Label start = new Label();
        private final Label end = new Label();
        private final Object[] locals;
        private final String before;
        private final String after;

        Around(MethodVisitor next, Object[] locals, String before, String after) {
            super(API, next);
            this.locals = locals;
            this.before = before;
            this.after = after;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            call(mv, before, "()V");
            super.visitLabel(start);
        }

        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.RETURN) {
                call(mv, after, "()V");
            }
            super.visitInsn(opcode);
        }

        @Override
        public void visitMaxs(int maxStack, int maxLocals) {
            super.visitLabel(end);
            super.visitTryCatchBlock(start, end, end, null);
            super.visitFrame(Opcodes.F_FULL, locals.length, locals, 1, new Object[] {"java/lang/Throwable"});
            call(mv, after, "()V");
            super.visitInsn(Opcodes.ATHROW);
            super.visitMaxs(Math.max(1, maxStack), maxLocals);
        }
    }

    /** Requests a stop at the start of {@code interrupt}, and replaces the calls that start code. */
    private final class Execution extends MethodVisitor {
        private final String inMethod;

        Execution(MethodVisitor next, String inMethod) {
            super(API, next);
            this.inMethod = inMethod;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (inMethod.equals("interrupt")) {
                call(mv, "stopCell", "()V");
                places++;
            }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String method, String descriptor, boolean isInterface) {
            String executor = "java/util/concurrent/ExecutorService";
            String submit = "(Ljava/util/concurrent/Callable;)Ljava/util/concurrent/Future;";
            if (owner.equals(executor) && method.equals("submit") && descriptor.equals(submit)) {
                call(mv, "submit", "(L" + executor + ";" + submit.substring(1));
                places++;
            } else if (inMethod.equals("doInvoke") && owner.equals("java/lang/reflect/Method")) {
                // Code that runs in the thread of the code that evaluates it.
                call(mv, "invoke", "(Ljava/lang/reflect/Method;" + descriptor.substring(1));
                places++;
            } else {
                super.visitMethodInsn(opcode, owner, method, descriptor, isInterface);
            }
        }
    }
}
